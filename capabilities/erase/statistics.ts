import type { RelationName } from '../../schemas/change';
import { quoteRelation, splitRelation } from '../../sql/quote';
import type { WriteSession } from '../../warehouses/warehouse';

/**
 * The planner's statistics hold values of rows (most common ones, bounds of histograms): they are cleared where the
 * server can (PostgreSQL 18), and made again from the rows that are left.
 */
export async function renewStatistics(session: WriteSession, relation: RelationName): Promise<void> {
  const { schema, name } = splitRelation(relation);
  const found = await session.query<{ name: string; inherited: boolean }>(
    `select attname::text as name, inherited from pg_stats where schemaname = $1 and tablename = $2
        and to_regproc('pg_catalog.pg_clear_attribute_stats') is not null`,
    [schema, name],
  );
  for (const { name: column, inherited } of found) {
    await session.query('select pg_clear_attribute_stats($1, $2, $3, $4)', [schema, name, column, inherited]);
  }
  await session.execute(`analyze ${quoteRelation(relation)}`);
}
