import type { RelationName } from '../../../schemas/change';
import type { ReadSession } from '../../../warehouses/warehouse';

/**
 * The relations whose dependents change along with these: what views select from (and what stands on them), and both
 * ends of foreign keys. An index stands for its table.
 */
export async function neighbours(
  session: ReadSession,
  names: readonly RelationName[],
): Promise<RelationName[]> {
  const rows = await session.query<{ name: string }>(
    `with recursive named as (
       select coalesce(i.indrelid, c.oid) as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
         left join pg_index i on i.indexrelid = c.oid where n.nspname || '.' || c.relname = any($1)
     ), edge as (
       select r.ev_class as upper, d.refobjid as lower from pg_rewrite r
         join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
          and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
     ), down (oid) as (
       select oid from named union select e.lower from down join edge e on e.upper = down.oid
     ), up (oid) as (
       select oid from named union select e.upper from up join edge e on e.lower = up.oid
     ), near as (
       select oid from down union select oid from up
       union select confrelid from pg_constraint where contype = 'f' and conrelid in (select oid from named)
       union select conrelid from pg_constraint where contype = 'f' and confrelid in (select oid from named)
     )
     select n.nspname || '.' || c.relname as name from near join pg_class c on c.oid = near.oid
       join pg_namespace n on n.oid = c.relnamespace order by 1`,
    [names],
  );
  return rows.map(({ name }) => name);
}
