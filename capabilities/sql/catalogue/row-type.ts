import type { ReadSession } from '../../../warehouses/warehouse';

/**
 * Columns of other tables whose values hold rows of this one: of its row type, an array or range of it, a domain over
 * it, or a composite type (or another table's rows) with it inside. A column that goes from the table goes from those
 * values, and none of them has it back when the table has.
 */
export async function rowTypeUsers(session: ReadSession, oid: string): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `with recursive holds (oid) as (
       select reltype from pg_class where oid = $1::oid and reltype <> 0
       union
       select next.oid from holds join lateral (
         select typarray as oid from pg_type where pg_type.oid = holds.oid and typarray <> 0
         union all select pg_type.oid from pg_type where typbasetype = holds.oid
         union all select unnest(array[rngtypid, rngmultitypid]) from pg_range where rngsubtype = holds.oid
         union all select c.reltype from pg_attribute a join pg_class c on c.oid = a.attrelid
                    where a.atttypid = holds.oid and not a.attisdropped and c.reltype <> 0) next on true)
     select 'column ' || a.attname || ' of ' || n.nspname || '.' || c.relname as name
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      where a.atttypid in (select oid from holds) and not a.attisdropped and c.relkind in ('r', 'p', 'm', 'f')
        and n.nspname <> 'sluice' order by 1`,
    [oid],
  );
  return rows.map(({ name }) => name);
}
