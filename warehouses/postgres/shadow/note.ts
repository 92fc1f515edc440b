import type { ClientBase } from 'pg';
import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { DatabaseSetting } from '../clone/database-settings';

/** What Sluice writes on a database of its own, as its comment: to be read without connecting to it. */
export interface BaseNote {
  kind: 'base';
  structure: string;
  gaps: string[];
  /** The database it was made from, and when (ISO 8601): bases that are not used any more are dropped. */
  of: string;
  madeAt: string;
  settings: DatabaseSetting[];
}

export interface ShadowNote {
  kind: 'shadow';
  structure: string;
  /** The database it mirrors. */
  of?: string;
  madeAt: string;
}

export type Note = BaseNote | ShadowNote;

/**
 * The time of the server that has the databases. How old they are is asked of its clock alone: those of the processes
 * that make and sweep them may differ, and may be changed while a run is using a shadow.
 */
export async function serverTime(client: ClientBase): Promise<Date> {
  const { rows } = await client.query<{ ms: number }>(
    'select (extract(epoch from pg_catalog.clock_timestamp()) * 1000)::float8 as ms',
  );
  return new Date(Number(rows[0]!.ms));
}

export async function writeNote(client: ClientBase, database: string, note: Note): Promise<void> {
  await client.query(`comment on database ${quoteIdent(database)} is ${quoteLiteral(JSON.stringify(note))}`);
}

/** `undefined`: there is no such database. `unfinished`: there is one, but whoever made it did not come to the end. */
export async function readNote<N extends Note>(
  client: ClientBase,
  database: string,
): Promise<N | 'unfinished' | undefined> {
  const { rows } = await client.query<{ note: string | null }>(
    `select pg_catalog.shobj_description(oid, 'pg_database') as note from pg_catalog.pg_database where datname = $1`,
    [database],
  );
  if (rows.length === 0) return undefined;
  return parseNote<N>(rows[0]!.note) ?? 'unfinished';
}

export function parseNote<N extends Note>(text: string | null): N | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as N);
  } catch {
    return undefined;
  }
}
