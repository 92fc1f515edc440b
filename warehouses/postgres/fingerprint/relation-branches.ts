import type { Branch } from './fragments';
import { comment, options, privileges, roleName, ifKnown, madeTrigger } from './fragments';

/** As PostgreSQL names it; names that it shortens are not recognised. */
const NOT_NULL_NAME = (relation: string): string => `${relation} || '_' || a.attname || '_not_null'`;

/**
 * What belongs to a relation. Every branch starts from the common table `rel` (oid, name, relkind, …): all of the
 * user's relations for a whole structure, a few for the fingerprint of single ones.
 * Positions are ordinals among live columns, never attnum: a column that was dropped and made again leaves a hole.
 */
export const RELATION_BRANCHES: readonly Branch[] = [
  {
    class: 'relation',
    identity: 'rel.name',
    definition: [
      'rel.relkind',
      'rel.relpersistence',
      roleName('rel.relowner'),
      privileges('rel.relacl', `case rel.relkind when 'S' then 's' else 'r' end::"char"`, 'rel.relowner'),
      '(select amname from pg_am where pg_am.oid = rel.relam)',
      '(select spcname from pg_tablespace where pg_tablespace.oid = rel.reltablespace)',
      options('rel.reloptions'),
      `(select ${options('toast.reloptions')} from pg_class toast where toast.oid = rel.reltoastrelid)`,
      'rel.relreplident',
      'rel.relrowsecurity',
      'rel.relforcerowsecurity',
      'rel.relispopulated',
      'rel.reloftype::regtype',
      `case when rel.relkind = 'p' then pg_get_partkeydef(rel.oid) end`,
      'pg_get_expr(rel.relpartbound, rel.oid)',
      // Only a single relation's fingerprint may start from an index; in a whole structure it is its table's line.
      `case when rel.relkind in ('i', 'I') then pg_get_indexdef(rel.oid) end`,
      'd.description',
    ],
    from: `rel ${comment('d', 'pg_class', 'rel.oid')}`,
  },
  {
    class: 'column',
    identity: `rel.name || '.' || quote_ident(a.attname)`,
    definition: [
      'a.ordinal',
      'format_type(a.atttypid, a.atttypmod)',
      'case when a.attcollation <> t.typcollation then a.attcollation::regcollation end',
      'a.attnotnull',
      'pg_get_expr(def.adbin, def.adrelid)',
      'a.attidentity',
      'a.attgenerated',
      'nullif(a.attstorage, t.typstorage)',
      'a.attcompression',
      // NULL from version 17 on, -1 before.
      'nullif(a.attstattarget, -1)',
      options('a.attoptions'),
      options('a.attfdwoptions'),
      'a.attislocal',
      'a.attinhcount',
      privileges('a.attacl', `'c'`, 'rel.relowner'),
      'd.description',
    ],
    from: `rel join lateral (
        select pg_attribute.*, row_number() over (partition by attrelid order by attnum) as ordinal
        from pg_attribute where attrelid = rel.oid and attnum > 0 and not attisdropped
      ) a on true
      join pg_type t on t.oid = a.atttypid
      left join pg_attrdef def on def.adrelid = a.attrelid and def.adnum = a.attnum
      ${comment('d', 'pg_class', 'a.attrelid', 'a.attnum')}
      where rel.relkind in ('r', 'p', 'v', 'm', 'f', 'c')`,
  },
  {
    // Spelled out here, pg_get_constraintdef would take half the time of it all. One that goes by the name which PostgreSQL
    // gives it, with nothing else to say, is in the column's own line: before version 18 there is nothing more to it.
    class: 'not null',
    identity: `rel.name || '.' || quote_ident(a.attname)`,
    definition: [
      'con.conname',
      'con.convalidated',
      'con.connoinherit',
      'con.conislocal',
      'con.coninhcount',
      'd.description',
    ],
    from: `rel join pg_constraint con on con.conrelid = rel.oid and con.contype = 'n'
      join pg_attribute a on a.attrelid = con.conrelid and a.attnum = con.conkey[1]
      ${comment('d', 'pg_constraint', 'con.oid')}
      where not (con.convalidated and not con.connoinherit and d.description is null and (
        con.conislocal and con.coninhcount = 0 and con.conname = ${NOT_NULL_NAME('rel.relname')}
        or rel.relispartition and con.coninhcount = 1 and exists (
          select from pg_inherits i join pg_class up on up.oid = i.inhparent
           where i.inhrelid = rel.oid and con.conname in (${NOT_NULL_NAME('rel.relname')}, ${NOT_NULL_NAME('up.relname')}))))`,
  },
  {
    class: 'constraint',
    identity: `rel.name || '.' || quote_ident(con.conname)`,
    definition: [
      'con.contype',
      'pg_get_constraintdef(con.oid)',
      'con.conislocal',
      'con.coninhcount',
      // Not connoinherit: a CHECK's is in its definition, and a key's depends on how its partition came to be.
      'con.conparentid <> 0',
      'nullif(con.conindid, 0)::regclass',
      'd.description',
    ],
    from: `rel join pg_constraint con on con.conrelid = rel.oid and con.contype not in ('n', 't')
      ${comment('d', 'pg_constraint', 'con.oid')}`,
  },
  {
    class: 'index',
    identity: `rel.name || ' ' || i.indexrelid::regclass`,
    definition: [
      'pg_get_indexdef(i.indexrelid)',
      'i.indisprimary',
      'i.indisclustered',
      'i.indisreplident',
      'i.indisvalid',
      'i.indimmediate',
      '(select spcname from pg_tablespace where pg_tablespace.oid = ic.reltablespace)',
      `case when ic.relispartition then
        (select inhparent::regclass from pg_inherits where inhrelid = i.indexrelid) end`,
      // Only an expression has statistics of its own.
      `case when i.indexprs is not null then (
        select array_agg(row(attnum, attstattarget) order by attnum) from pg_attribute
        where attrelid = i.indexrelid and attstattarget >= 0) end`,
      'd.description',
    ],
    from: `rel join pg_index i on i.indrelid = rel.oid
      join pg_class ic on ic.oid = i.indexrelid
      ${comment('d', 'pg_class', 'i.indexrelid')}`,
  },
  {
    class: 'view',
    identity: 'rel.name',
    definition: ['pg_get_viewdef(rel.oid)'],
    from: `rel where rel.relkind in ('v', 'm')`,
  },
  {
    class: 'inheritance',
    identity: `rel.name || ' of ' || inh.inhparent::regclass`,
    definition: [
      'row_number() over (partition by inh.inhrelid order by inh.inhseqno)',
      'inh.inhdetachpending',
    ],
    from: `rel join pg_inherits inh on inh.inhrelid = rel.oid`,
  },
  {
    class: 'sequence',
    identity: 'rel.name',
    definition: [
      's.seqtypid::regtype',
      's.seqstart',
      's.seqincrement',
      's.seqmin',
      's.seqmax',
      's.seqcache',
      's.seqcycle',
      'dep.deptype',
      'dep.refobjid::regclass',
      'a.attname',
    ],
    from: `rel join pg_sequence s on s.seqrelid = rel.oid
      left join pg_depend dep on dep.classid = 'pg_class'::regclass and dep.objid = rel.oid and dep.objsubid = 0
        and dep.refclassid = 'pg_class'::regclass and dep.refobjsubid > 0 and dep.deptype in ('a', 'i')
      left join pg_attribute a on a.attrelid = dep.refobjid and a.attnum = dep.refobjsubid`,
  },
  {
    class: 'rule',
    identity: `rel.name || '.' || quote_ident(r.rulename)`,
    definition: ['pg_get_ruledef(r.oid)', 'r.ev_enabled', 'd.description'],
    from: `rel join pg_rewrite r on r.ev_class = rel.oid and r.rulename <> '_RETURN'
      ${comment('d', 'pg_rewrite', 'r.oid')}`,
  },
  {
    // A foreign key's own triggers carry an oid in their names, and matter only when somebody has switched them off.
    class: 'trigger',
    identity: `rel.name || '.' || case when not ${madeTrigger('g')}
        then coalesce((select conname from pg_constraint where pg_constraint.oid = g.tgconstraint), '?') || ' ' || g.tgtype
        else quote_ident(g.tgname) end`,
    definition: [
      `case when ${madeTrigger('g')} then pg_get_triggerdef(g.oid) end`,
      'g.tgenabled',
      'g.tgparentid <> 0',
      'd.description',
    ],
    from: `rel join pg_trigger g on g.tgrelid = rel.oid and (${madeTrigger('g')} or g.tgenabled <> 'O')
      ${comment('d', 'pg_trigger', 'g.oid')}`,
  },
  {
    class: 'policy',
    identity: `rel.name || '.' || quote_ident(p.polname)`,
    definition: [
      'p.polcmd',
      'p.polpermissive',
      `(select array_agg(name order by name collate "C") from (
          select case when member <> 0 then ${roleName('member')} else 'PUBLIC' end as name
          from unnest(p.polroles) member) as members)`,
      'pg_get_expr(p.polqual, p.polrelid)',
      'pg_get_expr(p.polwithcheck, p.polrelid)',
      'd.description',
    ],
    from: `rel join pg_policy p on p.polrelid = rel.oid ${comment('d', 'pg_policy', 'p.oid')}`,
  },
  {
    class: 'statistics',
    identity: `rel.name || ' ' || s.stxnamespace::regnamespace || '.' || quote_ident(s.stxname)`,
    definition: [
      'pg_get_statisticsobjdef(s.oid)',
      's.stxstattarget',
      roleName('s.stxowner'),
      'd.description',
    ],
    from: `rel join pg_statistic_ext s on s.stxrelid = rel.oid ${comment('d', 'pg_statistic_ext', 's.oid')}`,
  },
  {
    class: 'foreign table',
    identity: 'rel.name',
    definition: [
      '(select srvname from pg_foreign_server where pg_foreign_server.oid = ft.ftserver)',
      options('ft.ftoptions'),
    ],
    from: `rel join pg_foreign_table ft on ft.ftrelid = rel.oid`,
  },
  {
    class: 'published relation',
    identity: `quote_ident(pub.pubname) || ' ' || rel.name`,
    definition: [
      `pg_get_expr(${ifKnown('m', 'prqual', 'pg_node_tree')}, m.prrelid)`,
      `(select array_agg(attname order by attname collate "C") from pg_attribute
        where attrelid = m.prrelid and attnum = any(${ifKnown('m', 'prattrs', 'int2vector')}::int2[]))`,
    ],
    from: `rel join pg_publication_rel m on m.prrelid = rel.oid join pg_publication pub on pub.oid = m.prpubid`,
  },
];
