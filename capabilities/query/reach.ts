import type { RelationName } from '../../schemas/change';
import type { ReadSession } from '../../warehouses/warehouse';

/** A relation that a query stands on. */
export interface Reached {
  oid: string;
  name: RelationName;
  /** pg_class.relkind: `r` table, `p` partitioned, `v` view, `m` materialized view, `f` foreign table, `S` sequence. */
  relkind: string;
  /** A system catalogue: its rows are covered by no fingerprint. */
  system: boolean;
}

/**
 * The relations named, and what they stand on: views are followed to what they select from, parents to their
 * partitions and heirs. Names that do not exist are left out. Sorted by name.
 */
export async function reach(session: ReadSession, names: readonly RelationName[]): Promise<Reached[]> {
  if (names.length === 0) return [];
  return session.query<Reached & object>(
    `with recursive reached(oid) as (
       select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname || '.' || c.relname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
       union
       select below.oid from reached join lateral (
         select d.refobjid as oid
           from pg_class v join pg_rewrite w on w.ev_class = v.oid and w.ev_type = '1'
           join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
            and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.oid
          where v.oid = reached.oid and v.relkind = 'v'
         union all
         select i.inhrelid from pg_inherits i where i.inhparent = reached.oid
       ) below on true
     )
     select c.oid::text as oid, n.nspname || '.' || c.relname as name, c.relkind::text as relkind,
            n.nspname in ('pg_catalog', 'information_schema') as system
       from reached join pg_class c on c.oid = reached.oid join pg_namespace n on n.oid = c.relnamespace
      order by 2`,
    [names],
  );
}

/**
 * Ids of every relation that this transaction holds a lock on, system catalogues, indexes and TOAST tables aside.
 * Parse analysis locks each relation of a query, and what its views expand to, until the transaction ends: this is
 * the server's own account of what a query reads.
 */
export async function lockedRelations(session: ReadSession): Promise<Map<string, RelationName>> {
  const rows = await session.query<{ oid: string; name: string }>(
    `select distinct c.oid::text as oid, n.nspname || '.' || c.relname as name
       from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
      where l.locktype = 'relation' and l.pid = pg_backend_pid()
        and l.database = (select d.oid from pg_database d where d.datname = current_database())
        and c.relkind not in ('i', 'I', 't') and n.nspname <> 'pg_catalog'`,
  );
  return new Map(rows.map(({ oid, name }) => [oid, name]));
}
