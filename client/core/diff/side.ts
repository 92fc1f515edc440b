import type { Bundle } from '../../../activities/services';
import type { ResolveSecret } from '../../../governance/secrets';
import type { RelationName } from '../../../schemas/change';
import { fail } from '../../../schemas/errors';
import type { SourceSession } from '../../../sources/sources';
import { quoteRelation } from '../../../sql/quote';
import { relationLines } from '../../../warehouses/postgres/relation-lines';
import { openSourceSession } from '../../../warehouses/postgres/source-session';
import type { Target } from '../../../warehouses/postgres/options';
import type { Side } from './compare';

/**
 * Looks at the goal's warehouse in one environment, in one read-only transaction as the role that reads.
 * Throws what is wrong with the connection or its secret.
 */
export async function lookAtSide(
  bundle: Bundle,
  relations: readonly RelationName[],
  resolve: ResolveSecret,
  local: Target | undefined,
): Promise<Side> {
  const session = await openSourceSession(await targetOf(bundle, resolve, local));
  try {
    const lines = await relationLines((sql, params) => session.query(sql, params), relations);
    const there = new Set(lines.map(({ relation }) => relation));
    const rows: Side['rows'] = {};
    for (const relation of there) rows[relation] = await count(session, relation);
    const loadedAt = await latestLoads(session, relations);
    return { environment: bundle.environment ?? '', lines, rows, loadedAt };
  } finally {
    await session.close();
  }
}

async function count(session: SourceSession, relation: RelationName): Promise<number | null> {
  const [may] = await session.query<{ may: boolean }>(
    `select pg_catalog.has_table_privilege(pg_catalog.to_regclass($1), 'select')
        and not pg_catalog.row_security_active(pg_catalog.to_regclass($1)) as may`,
    [quoteRelation(relation)],
  );
  if (may?.may !== true) return null;
  const [row] = await session.query<{ n: string }>(
    `select count(*)::text as n from ${quoteRelation(relation)}`,
  );
  return Number(row!.n);
}

async function latestLoads(
  session: SourceSession,
  relations: readonly RelationName[],
): Promise<Record<RelationName, string>> {
  const [ledger] = await session.query<{ may: boolean | null }>(
    `select pg_catalog.has_table_privilege(pg_catalog.to_regclass('sluice.load'), 'select') as may`,
  );
  if (ledger?.may !== true) return {};
  const rows = await session.query<{ relation: RelationName; at: string }>(
    `select relation, to_char(max(loaded_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at
     from sluice.load where relation = any($1) and not undone group by 1`,
    [relations],
  );
  return Object.fromEntries(rows.map(({ relation, at }) => [relation, at]));
}

async function targetOf(
  { goal, config }: Bundle,
  resolve: ResolveSecret,
  local: Target | undefined,
): Promise<Target> {
  const connection = config.connections[goal.warehouse];
  if (connection?.kind === 'postgres') {
    const { host, port, ssl, database, readUser, readPassword } = connection;
    const password = readPassword === undefined ? '' : await resolve(readPassword);
    return { host, port, ssl, database, login: { user: readUser, password } };
  }
  if (goal.warehouse === 'local' && local) return local;
  throw fail('invalid_config', `There is no PostgreSQL connection called "${goal.warehouse}" to look at.`, {
    next: 'Declare it under `connections`; for `local`, start the stack: sluice up.',
    place: `connections.${goal.warehouse}`,
  });
}
