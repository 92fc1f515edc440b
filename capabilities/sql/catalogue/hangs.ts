import type { RelationName } from '../../../schemas/change';
import { splitRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { dependentsOf } from './dependents';
import type { Relation } from './relation';

/**
 * What hangs on a table so that a copy under its name would lose it, or do something that the table itself does not, in
 * words. Keys, indexes, checks, statistics, rights, comments, sequences and settings are not among it: a copy has them, too.
 */
export async function hangsOn(
  session: ReadSession,
  { oid, name }: Pick<Relation, 'oid' | 'name'>,
): Promise<string[]> {
  const { schema, name: bare } = splitRelation(name);
  const rows = await session.query<{ what: string }>(
    `select 'the trigger ' || g.tgname as what from pg_trigger g
       where g.tgrelid = $1::oid and (not g.tgisinternal or g.tgparentid <> 0 and g.tgconstraint = 0)
     union all
     select 'the rule ' || r.rulename from pg_rewrite r where r.ev_class = $1::oid
     union all
     select 'the foreign key ' || con.conname || ' of ' || con.conrelid::regclass from pg_constraint con
       where con.contype = 'f' and (con.conrelid = $1::oid or con.confrelid = $1::oid)
     union all
     select 'the constraint trigger ' || con.conname from pg_constraint con where con.contype = 't' and con.conrelid = $1::oid
     union all
     select 'the policy ' || p.polname from pg_policy p where p.polrelid = $1::oid
     union all
     select 'row security' from pg_class c where c.oid = $1::oid and (c.relrowsecurity or c.relforcerowsecurity)
     union all
     select distinct 'the publication ' || p.pubname from pg_publication_tables p where p.schemaname = $2 and p.tablename = $3
     union all
     select 'inheritance' from pg_inherits i where i.inhrelid = $1::oid or i.inhparent = $1::oid
     union all
     select 'the type ' || c.reloftype::regtype from pg_class c where c.oid = $1::oid and c.reloftype <> 0
     union all
     select 'how it is stored (no ordinary table, tablespace or access method)' from pg_class c
       where c.oid = $1::oid and (c.relkind <> 'r' or c.relpersistence <> 'p' or c.reltablespace <> 0
         or c.relam <> (select am.oid from pg_am am where am.amname = 'heap'))
     union all
     select 'the index ' || own.relname || ', which is not valid or in a tablespace of its own'
       from pg_index i join pg_class own on own.oid = i.indexrelid
       where i.indrelid = $1::oid and (not i.indisvalid or own.reltablespace <> 0)
     union all
     select 'the security label of ' || s.provider from pg_seclabel s where s.classoid = 'pg_class'::regclass and s.objoid = $1::oid
     union all
     select 'the extension ' || e.extname from pg_depend d join pg_extension e on e.oid = d.refobjid
       where d.classid = 'pg_class'::regclass and d.objid = $1::oid and d.refclassid = 'pg_extension'::regclass
     order by 1`,
    [oid, schema, bare],
  );
  const sequences = await session.query<{ oid: string }>(
    `select d.objid::text as oid from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S'
      where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = $1::oid
        and d.deptype in ('a', 'i')`,
    [oid],
  );
  const dependents = await dependentsOf(session, [oid, ...sequences.map((each) => each.oid)], {
    alsoTrash: true,
  });
  return [...new Set([...rows.map(({ what }) => what), ...dependents.map(({ description }) => description)])];
}

/** The table of that name and what hangs on it; undefined where there is no such table. */
export async function hangsOnNamed(
  session: ReadSession,
  name: RelationName,
): Promise<{ oid: string; hangs: string[] } | undefined> {
  const { schema, name: bare } = splitRelation(name);
  const [row] = await session.query<{ oid: string }>(
    `select c.oid::text as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2`,
    [schema, bare],
  );
  return row && { oid: row.oid, hangs: await hangsOn(session, { oid: row.oid, name }) };
}
