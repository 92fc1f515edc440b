import type { ReadSession } from '../warehouse';

/**
 * Runs `work` with the settings that deparsing the catalogue needs, within the caller's transaction: every name that
 * is not PostgreSQL's own is printed with its schema (pg_temp is named, and so comes last: where it is not, it comes
 * first, and a temporary table may call itself pg_class), and nobody waits for a compiler (a statement of thirty branches
 * is expensive by its estimate, not in fact). Puts the caller's settings back.
 */
export async function withCatalogueSettings<T>(session: ReadSession, work: () => Promise<T>): Promise<T> {
  const [before] = await session.query<{ path: string; jit: string }>(
    `select pg_catalog.current_setting('search_path') as path, pg_catalog.current_setting('jit') as jit,
       pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), pg_catalog.set_config('jit', 'off', true)`,
  );
  // After an error there is nothing to put back: the transaction is over, and with it what was set in it.
  const result = await work();
  await session.query(
    `select pg_catalog.set_config('search_path', $1, true), pg_catalog.set_config('jit', $2, true)`,
    [before!.path, before!.jit],
  );
  return result;
}
