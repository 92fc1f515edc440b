import type { RelationName } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../../warehouses/warehouse';
import type { Reached } from './reach';

/** Up to this size a table is read to see whether it changed; beyond it the server's counters are trusted. */
export const EXACT_BYTES = 256 * 1024 * 1024;

/** One short text per relation: equal texts, equal rows. `undefined`: nobody can tell. */
export type Tokens = Record<RelationName, string>;

/**
 * What the inputs of a query look like now, or `undefined` when that cannot be told for one of them.
 *
 * A table of moderate size: the multiset of its rows' xmin, as their number and the sum of their hashes. A write that
 * commits later leaves row versions with transaction ids that were not in it, a delete takes some away; so equal
 * multisets mean the same rows (until 2^32 transactions later). It shows at once, whoever wrote. A bigger table: the
 * cumulative counters, which a foreign session may report up to ten seconds late (PGSTAT_IDLE_INTERVAL), with the
 * server's start, because a crash resets them, and Sluice's newest change of it. Views: their definition.
 *
 * Taken before the query runs, so that what is committed in between shows as a difference later.
 */
export async function tokensOf(
  session: ReadSession,
  inputs: readonly Reached[],
): Promise<Tokens | undefined> {
  const tokens: Tokens = {};
  for (const input of inputs) {
    const token = await tokenOf(session, input);
    if (token === undefined) return undefined;
    tokens[input.name] = token;
  }
  return tokens;
}

async function tokenOf(session: ReadSession, input: Reached): Promise<string | undefined> {
  if (input.relkind === 'p') return 'partitioned';
  if (input.relkind === 'v') {
    const [row] = await session.query<{ token: string }>(
      `select 'view:' || encode(sha256(convert_to(pg_get_viewdef($1::oid), 'UTF8')), 'hex') as token`,
      [input.oid],
    );
    return row?.token;
  }
  if (input.relkind !== 'r' && input.relkind !== 'm') return undefined;
  const [size] = await session.query<{ bytes: string; file: string }>(
    'select pg_relation_size($1::oid)::text as bytes, pg_relation_filenode($1::oid)::text as file',
    [input.oid],
  );
  const file = `${input.oid}/${size!.file}`;
  return Number(size!.bytes) <= EXACT_BYTES
    ? `rows:${file}:${await rowToken(session, input.name)}`
    : countersToken(session, input, file);
}

async function rowToken(session: ReadSession, relation: RelationName): Promise<string> {
  const [row] = await session.query<{ token: string }>(
    `select count(*) || ':' || coalesce(sum(hashint8extended(xmin::text::bigint, 0)), 0) as token from only ${quoteRelation(relation)}`,
  );
  return row!.token;
}

async function countersToken(
  session: ReadSession,
  input: Reached,
  file: string,
): Promise<string | undefined> {
  // Before version 15 what Sluice itself has just written may not be counted yet.
  if ((await session.serverMajor()) < 15) return undefined;
  const [row] = await session.query<{ token: string | null }>(
    `select case when current_setting('track_counts')::boolean then concat_ws(':', 'counters', $2::text,
              pg_stat_get_tuples_inserted($1::oid), pg_stat_get_tuples_updated($1::oid),
              pg_stat_get_tuples_deleted($1::oid), extract(epoch from pg_postmaster_start_time()),
              (select change_id from sluice.change where state = 'applied' and writes @> array[$3::text]
                order by applied_at desc limit 1)) end as token`,
    [input.oid, file, input.name],
  );
  return row?.token ?? undefined;
}
