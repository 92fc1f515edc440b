import type { RelationName } from '../../../schemas/change';
import type { ReadSession } from '../../../warehouses/warehouse';

/** A constraint of a table that not every row need meet yet (NOT VALID). */
export type Unvalidated =
  | { kind: 'c'; expression: string }
  | { kind: 'n'; columns: string[] }
  | { kind: 'f'; columns: string[]; parent: RelationName; refers: string[]; full: boolean };

const COLUMNS = (table: string, numbers: string): string => `array(select a.attname::text
  from unnest(${numbers}) with ordinality k (num, place)
  join pg_attribute a on a.attrelid = ${table} and a.attnum = k.num order by place)`;

/** The constraint of that name as the catalogue knows it; undefined where there is none, or its rows are known to meet it. */
export async function unvalidatedConstraint(
  session: ReadSession,
  table: string,
  name: string,
): Promise<Unvalidated | undefined> {
  const [row] = await session.query<Unvalidated>(
    `select con.contype::text as kind, pg_get_expr(con.conbin, con.conrelid) as expression,
       ${COLUMNS('con.conrelid', 'con.conkey')} as columns, ${COLUMNS('con.confrelid', 'con.confkey')} as refers,
       n.nspname || '.' || p.relname as parent, con.confmatchtype = 'f' as full
     from pg_constraint con left join pg_class p on p.oid = con.confrelid left join pg_namespace n on n.oid = p.relnamespace
    where con.conrelid = $1::oid and con.conname = $2 and con.contype in ('c', 'n', 'f') and not con.convalidated`,
    [table, name],
  );
  return row;
}
