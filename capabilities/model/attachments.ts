import type { ReadSession } from '../../warehouses/warehouse';

/** Things on a table that stand in the way of giving it new content, in words. */
export interface Attachments {
  /** Replacing its rows would set these off, or fail on them. */
  againstRows: string[];
  /** A new relation under the same name would be without these. */
  againstSwap: string[];
}

/**
 * What people hung on a relation besides the things a swap carries over (owner, grants, comments, options, plain
 * indexes). Dependents are looked at apart, see `dependentsOf`.
 */
export async function attachmentsOf(session: ReadSession, oid: string): Promise<Attachments> {
  const rows = await session.query<{ what: string; against_rows: boolean }>(
    `select pg_describe_object('pg_trigger'::regclass, t.oid, 0) as what, t.tgenabled <> 'D' as against_rows
       from pg_trigger t where t.tgrelid = $1::oid and not t.tgisinternal
     union all
     select pg_describe_object('pg_rewrite'::regclass, w.oid, 0), true
       from pg_rewrite w where w.ev_class = $1::oid and w.rulename <> '_RETURN'
     union all
     select pg_describe_object('pg_constraint'::regclass, k.oid, 0), false
       from pg_constraint k where k.conrelid = $1::oid
     union all
     select pg_describe_object('pg_constraint'::regclass, k.oid, 0), true
       from pg_constraint k where k.confrelid = $1::oid and k.contype = 'f'
     union all
     select pg_describe_object('pg_policy'::regclass, p.oid, 0), false from pg_policy p where p.polrelid = $1::oid
     union all
     select 'row level security', c.relforcerowsecurity from pg_class c where c.oid = $1::oid and c.relrowsecurity
     union all
     select pg_describe_object('pg_attrdef'::regclass, d.oid, 0), a.attgenerated <> ''
       from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum where d.adrelid = $1::oid
     union all
     select 'the identity column ' || a.attname, true
       from pg_attribute a where a.attrelid = $1::oid and a.attidentity <> ''
     union all
     select pg_describe_object('pg_statistic_ext'::regclass, s.oid, 0), false
       from pg_statistic_ext s where s.stxrelid = $1::oid
     union all
     select pg_describe_object('pg_publication_rel'::regclass, r.oid, 0), false
       from pg_publication_rel r where r.prrelid = $1::oid
     union all
     select 'inheritance', true from pg_inherits i where i.inhrelid = $1::oid or i.inhparent = $1::oid
     union all
     select 'an unusual storage (unlogged, tablespace, access method, replica identity)', false
       from pg_class c where c.oid = $1::oid and c.relkind = 'r'
        and (c.relpersistence <> 'p' or c.reltablespace <> 0 or c.relreplident not in ('d', 'f')
             or c.relam <> (select am.oid from pg_am am where am.amname = 'heap'))
     union all
     select 'settings of the column ' || a.attname, false
       from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
        and (a.attoptions is not null or coalesce(a.attstattarget, -1) <> -1 or a.attstorage <> t.typstorage
             or a.attcompression <> '')
     union all
     select 'the security label of ' || s.provider, false
       from pg_seclabel s where s.classoid = 'pg_class'::regclass and s.objoid = $1::oid
     union all
     select 'a grant by somebody who is not its owner', false
       from pg_class c where c.oid = $1::oid
        and (exists (select from aclexplode(c.relacl) g where g.grantor <> c.relowner)
             or exists (select from pg_attribute a, aclexplode(a.attacl) g
                         where a.attrelid = c.oid and g.grantor <> c.relowner))
     order by 1`,
    [oid],
  );
  return {
    againstRows: rows.filter((row) => row.against_rows).map((row) => row.what),
    againstSwap: rows.map((row) => row.what),
  };
}
