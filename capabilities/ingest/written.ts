import type { RelationName } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../../warehouses/warehouse';

/** Rows of a table that were written. */
export interface Written {
  inserted: number;
  updated: number;
  deleted: number;
}

/**
 * What the server itself has counted in a table (and its partitions) in this session and not made public yet: the
 * difference of two readings in one transaction is what was written between them, apart from what COPY and MERGE report.
 * It costs nothing, however large the table. `undefined` where the server does not count (track_counts).
 */
export async function readWritten(
  session: ReadSession,
  relation: RelationName,
): Promise<Written | undefined> {
  const [row] = await session.query<Written & { counts: boolean }>(
    `select current_setting('track_counts')::bool as counts,
            coalesce(sum(pg_stat_get_xact_tuples_inserted(relid)), 0)::float8 as inserted,
            coalesce(sum(pg_stat_get_xact_tuples_updated(relid)), 0)::float8 as updated,
            coalesce(sum(pg_stat_get_xact_tuples_deleted(relid)), 0)::float8 as deleted
       from (select to_regclass($1) as relid
             union select relid from pg_partition_tree(to_regclass($1))) tables`,
    [quoteRelation(relation)],
  );
  const { counts, ...written } = row!;
  return counts ? written : undefined;
}

/** What was written between two readings. */
export function since(before: Written | undefined, now: Written | undefined): Written | undefined {
  if (!before || !now) return undefined;
  return {
    inserted: now.inserted - before.inserted,
    updated: now.updated - before.updated,
    deleted: now.deleted - before.deleted,
  };
}
