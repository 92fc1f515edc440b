import type { Branch } from './fragments';
import {
  comment,
  FIRST_USER_OID,
  notOfExtension,
  options,
  privileges,
  rights,
  roleName,
  ifKnown,
  publishedSchemas,
} from './fragments';

const INHERITS = `coalesce(${ifKnown('m', 'inherit_option', 'boolean')}, r.rolinherit)`;
const SETS = `coalesce(${ifKnown('m', 'set_option', 'boolean')}, true)`;

/** Schemas, functions, types and rules of this database: what is there besides relations. */
export const OBJECT_BRANCHES: readonly Branch[] = [
  {
    class: 'schema',
    identity: 'nsp.name',
    definition: [roleName('n.nspowner'), privileges('n.nspacl', `'n'`, 'n.nspowner'), 'd.description'],
    from: `nsp join pg_namespace n on n.oid = nsp.oid ${comment('d', 'pg_namespace', 'n.oid')}
      where ${notOfExtension('pg_namespace', 'n.oid')}`,
  },
  {
    class: 'function',
    identity: 'p.oid::regprocedure::text',
    definition: [
      'p.prokind',
      `case when p.prokind <> 'a' then pg_get_functiondef(p.oid)
        else row(pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.proparallel)::text end`,
      `(select row(g.aggkind, g.aggnumdirectargs, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn,
          g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, g.aggfinalextra, g.aggmfinalextra,
          g.aggfinalmodify, g.aggmfinalmodify, nullif(g.aggsortop, 0)::regoperator, g.aggtranstype::regtype,
          g.aggtransspace, g.aggmtranstype::regtype, g.aggmtransspace, g.agginitval, g.aggminitval)
        from pg_aggregate g where g.aggfnoid = p.oid)`,
      roleName('p.proowner'),
      privileges('p.proacl', `'f'`, 'p.proowner'),
      'd.description',
    ],
    from: `pg_proc p join nsp on nsp.oid = p.pronamespace ${comment('d', 'pg_proc', 'p.oid')}
      where ${notOfExtension('pg_proc', 'p.oid')}`,
  },
  {
    class: 'type',
    identity: `nsp.name || '.' || quote_ident(t.typname)`,
    definition: [
      't.typtype',
      't.typisdefined',
      `case when t.typtype = 'd' then row(format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
        case when t.typcollation <> base.typcollation then t.typcollation::regcollation end)::text end`,
      `case when t.typtype = 'e' then (select array_agg(enumlabel::text order by enumsortorder)
        from pg_enum where enumtypid = t.oid)::text end`,
      `(select row(r.rngsubtype::regtype, r.rngcollation::regcollation,
          (select opcnamespace::regnamespace || '.' || quote_ident(opcname) from pg_opclass where oid = r.rngsubopc),
          r.rngcanonical, r.rngsubdiff, r.rngmultitypid::regtype) from pg_range r where r.rngtypid = t.oid)`,
      `case when t.typtype = 'b' then row(t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout,
        t.typanalyze, t.typsubscript, t.typlen, t.typbyval, t.typalign, t.typstorage, t.typcategory, t.typispreferred,
        t.typdelim, t.typelem::regtype, t.typdefault, t.typcollation::regcollation)::text end`,
      roleName('t.typowner'),
      privileges('t.typacl', `'T'`, 't.typowner'),
      'd.description',
    ],
    from: `pg_type t join nsp on nsp.oid = t.typnamespace
      left join pg_type base on base.oid = t.typbasetype
      left join pg_class c on c.oid = t.typrelid
      ${comment('d', 'pg_type', 't.oid')}
      where t.typtype <> 'm' and (t.typrelid = 0 or c.relkind = 'c')
        and not exists (select from pg_type element where element.typarray = t.oid)
        and ${notOfExtension('pg_type', 't.oid')}`,
  },
  {
    class: 'domain constraint',
    identity: `con.contypid::regtype || '.' || quote_ident(con.conname)`,
    definition: ['con.contype', 'pg_get_constraintdef(con.oid)', 'con.convalidated', 'd.description'],
    from: `pg_constraint con join pg_type t on t.oid = con.contypid join nsp on nsp.oid = t.typnamespace
      ${comment('d', 'pg_constraint', 'con.oid')}
      where ${notOfExtension('pg_type', 't.oid')}`,
  },
  {
    class: 'cast',
    identity: `c.castsource::regtype || ' as ' || c.casttarget::regtype`,
    definition: ['nullif(c.castfunc, 0)::regprocedure', 'c.castcontext', 'c.castmethod', 'd.description'],
    from: `pg_cast c ${comment('d', 'pg_cast', 'c.oid')}
      where c.oid >= ${FIRST_USER_OID} and ${notOfExtension('pg_cast', 'c.oid')}`,
  },
  {
    class: 'transform',
    identity: `t.trftype::regtype || ' for ' || (select lanname from pg_language where oid = t.trflang)`,
    definition: ['nullif(t.trffromsql, 0)::regprocedure', 'nullif(t.trftosql, 0)::regprocedure'],
    from: `pg_transform t where ${notOfExtension('pg_transform', 't.oid')}`,
  },
  {
    class: 'collation',
    identity: `nsp.name || '.' || quote_ident(c.collname)`,
    definition: [
      ...['c.collprovider', 'c.collisdeterministic', 'c.collencoding', 'c.collcollate', 'c.collctype'],
      ...[
        `coalesce(${ifKnown('c', 'colllocale')}, ${ifKnown('c', 'colliculocale')})`,
        ifKnown('c', 'collicurules'),
      ],
      ...[roleName('c.collowner'), 'd.description'],
    ],
    from: `pg_collation c join nsp on nsp.oid = c.collnamespace ${comment('d', 'pg_collation', 'c.oid')}
      where ${notOfExtension('pg_collation', 'c.oid')}`,
  },
  {
    class: 'conversion',
    identity: `nsp.name || '.' || quote_ident(c.conname)`,
    definition: [
      ...['c.conforencoding', 'c.contoencoding', 'c.conproc', 'c.condefault'],
      ...[roleName('c.conowner'), 'd.description'],
    ],
    from: `pg_conversion c join nsp on nsp.oid = c.connamespace ${comment('d', 'pg_conversion', 'c.oid')}
      where ${notOfExtension('pg_conversion', 'c.oid')}`,
  },
  {
    class: 'extension',
    identity: 'quote_ident(e.extname)',
    definition: [
      'e.extversion',
      'e.extnamespace::regnamespace',
      // Whoever else owns it is another one on another server: what counts is whether the writing role may drop it.
      `${roleName('e.extowner')} = $2`,
      // Tables whose rows a dump keeps; other names than oids for them would be those of the extension's own script.
      'cardinality(e.extconfig)',
      'd.description',
    ],
    from: `pg_extension e ${comment('d', 'pg_extension', 'e.oid')}`,
  },
  {
    class: 'event trigger',
    identity: 'quote_ident(e.evtname)',
    definition: [
      ...['e.evtevent', 'e.evtfoid::regprocedure', 'e.evtenabled', 'e.evttags'],
      ...[roleName('e.evtowner'), 'd.description'],
    ],
    from: `pg_event_trigger e ${comment('d', 'pg_event_trigger', 'e.oid')}
      where ${notOfExtension('pg_event_trigger', 'e.oid')}`,
  },
  {
    class: 'language',
    identity: 'quote_ident(l.lanname)',
    definition: [
      'l.lanpltrusted',
      'nullif(l.lanplcallfoid, 0)::regprocedure',
      'nullif(l.laninline, 0)::regprocedure',
      'nullif(l.lanvalidator, 0)::regprocedure',
      roleName('l.lanowner'),
      privileges('l.lanacl', `'l'`, 'l.lanowner'),
    ],
    from: `pg_language l where l.oid >= ${FIRST_USER_OID} and ${notOfExtension('pg_language', 'l.oid')}`,
  },
  {
    class: 'access method',
    identity: 'quote_ident(a.amname)',
    definition: ['a.amtype', 'a.amhandler'],
    from: `pg_am a where a.oid >= ${FIRST_USER_OID} and ${notOfExtension('pg_am', 'a.oid')}`,
  },
  {
    class: 'publication',
    identity: 'quote_ident(p.pubname)',
    definition: [
      ...['p.puballtables', 'p.pubinsert', 'p.pubupdate', 'p.pubdelete', 'p.pubtruncate', 'p.pubviaroot'],
      ifKnown('p', 'pubgencols', '"char"'),
      `(select array_agg(nspname order by nspname collate "C") from pg_namespace
          where oid in ${publishedSchemas('p.oid')})`,
      roleName('p.pubowner'),
      'd.description',
    ],
    from: `pg_publication p ${comment('d', 'pg_publication', 'p.oid')}`,
  },
  {
    class: 'default privileges',
    identity: `${roleName('a.defaclrole')} || ' in ' || coalesce((select name from nsp where oid = a.defaclnamespace), '*')
      || ' for ' || a.defaclobjtype::text`,
    definition: [
      // As it is: for a schema an entry only adds, for the whole database it takes the place of the built-in default.
      rights('a.defaclacl'),
    ],
    from: `pg_default_acl a where a.defaclnamespace = 0 or a.defaclnamespace in (select oid from nsp)`,
  },
  {
    class: 'database setting',
    identity: `case when s.setrole <> 0 then ${roleName('s.setrole')} else '*' end`,
    definition: [options('s.setconfig')],
    from: `pg_db_role_setting s
      where s.setdatabase = (select oid from pg_database where datname = current_database())`,
  },
  {
    class: 'role',
    // Those that own or are granted something here: what they may do depends on what they are and belong to.
    identity: `quote_ident(r.rolname)`,
    definition: [
      ...[
        'r.rolsuper',
        'r.rolinherit',
        'r.rolcreaterole',
        'r.rolcreatedb',
        'r.rolcanlogin',
        'r.rolreplication',
      ],
      'r.rolbypassrls',
      // Before version 16 the role alone said whether it inherits, and could always be set.
      `(select array_agg(row(g.rolname, m.admin_option, ${INHERITS}, ${SETS})::text
          order by g.rolname collate "C", m.admin_option, ${INHERITS}, ${SETS})
        from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid)`,
    ],
    from: `pg_roles r where r.rolname not in ($1, $2) and r.oid in (
      select refobjid from pg_shdepend
      where dbid = (select oid from pg_database where datname = current_database())
        and refclassid = 'pg_authid'::regclass)`,
  },
];
