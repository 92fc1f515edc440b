import type { RelationName } from '../../../schemas/change';
import type { ReadSession } from '../../../warehouses/warehouse';

export interface Dependent {
  /** As pg_describe_object says it; a view by its name rather than by its rule. */
  description: string;
  /** The view, where it is one. */
  view: RelationName | null;
  viewOid: string | null;
  /** attnum of the column it depends on; 0: the whole relation. */
  column: number;
  /** `view`, `materialized view`, `foreign key`, `default`, or `other`. */
  kind: string;
  /** What a foreign key to a partitioned table means for one partition: it goes when that is detached. */
  ofPartition: boolean;
}

/**
 * What outside a set of relations depends on them, or on what belongs to them (their row types, indexes, owned
 * sequences): what `DROP … RESTRICT` refuses for. Things in Sluice's own schema are left out unless they are asked for: the
 * trash holds relations that were dropped before, and keeps them usable.
 */
export function dependentsOf(
  session: ReadSession,
  oids: readonly string[],
  { alsoTrash = false } = {},
): Promise<Dependent[]> {
  return session.query<Dependent>(
    `with recursive own (classid, objid) as (
       select 'pg_class'::regclass::oid, oid from unnest($1::oid[]) oid
       union
       select d.classid, d.objid from pg_depend d join own o on d.refclassid = o.classid and d.refobjid = o.objid
        where d.deptype in ('a', 'i', 'P', 'S')
     ), outside as (
       select distinct d.classid, d.objid, d.objsubid,
         case when d.refclassid = 'pg_class'::regclass and d.refobjid = any($1::oid[]) then d.refobjsubid else 0 end as num
         from pg_depend d join own o on d.refclassid = o.classid and d.refobjid = o.objid
        where d.deptype = 'n' and not exists (select from own x where x.classid = d.classid and x.objid = d.objid)
     )
     select case when v.oid is null then pg_describe_object(x.classid, x.objid, x.objsubid)
              else case v.relkind when 'm' then 'materialized view ' else 'view ' end || n.nspname || '.' || v.relname
            end as description,
       case when v.oid is not null then n.nspname || '.' || v.relname end as view, v.oid::text as "viewOid",
       x.num::int as column,
       case when v.relkind = 'm' then 'materialized view' when v.relkind = 'v' and r.rulename = '_RETURN' then 'view'
         when con.contype = 'f' then 'foreign key' when x.classid = 'pg_attrdef'::regclass then 'default'
         else 'other' end as kind,
       coalesce(con.contype = 'f' and con.conparentid <> 0, false) as "ofPartition"
       from outside x
       left join pg_rewrite r on x.classid = 'pg_rewrite'::regclass and r.oid = x.objid
       left join pg_class v on v.oid = r.ev_class
       left join pg_namespace n on n.oid = v.relnamespace
       left join pg_constraint con on x.classid = 'pg_constraint'::regclass and con.oid = x.objid
       left join pg_class t on t.oid = coalesce(con.conrelid, case when x.classid = 'pg_class'::regclass then x.objid end)
      where $2 or coalesce(n.nspname, t.relnamespace::regnamespace::text, '') <> 'sluice'
      order by 1, 4`,
    [oids, alsoTrash],
  );
}
