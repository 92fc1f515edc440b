import type { Branch } from './fragments';
import { comment, FIRST_USER_OID, notOfExtension, options, privileges, roleName } from './fragments';

/** Operators, text search and foreign data: rare in a warehouse, and so easily forgotten. */
export const RARE_BRANCHES: readonly Branch[] = [
  {
    class: 'operator',
    identity: 'o.oid::regoperator::text',
    definition: [
      ...['o.oprkind', 'o.oprcanmerge', 'o.oprcanhash', 'o.oprresult::regtype', 'o.oprcode'],
      ...[
        'nullif(o.oprcom, 0)::regoperator',
        'nullif(o.oprnegate, 0)::regoperator',
        'o.oprrest',
        'o.oprjoin',
      ],
      ...[roleName('o.oprowner'), 'd.description'],
    ],
    from: `pg_operator o join nsp on nsp.oid = o.oprnamespace ${comment('d', 'pg_operator', 'o.oid')}
      where ${notOfExtension('pg_operator', 'o.oid')}`,
  },
  {
    class: 'operator class',
    identity: `nsp.name || '.' || quote_ident(c.opcname) || ' using ' || am.amname`,
    definition: [
      `f.opfnamespace::regnamespace || '.' || quote_ident(f.opfname)`,
      ...['c.opcintype::regtype', 'c.opcdefault', 'nullif(c.opckeytype, 0)::regtype'],
      ...[roleName('c.opcowner'), 'd.description'],
    ],
    from: `pg_opclass c join nsp on nsp.oid = c.opcnamespace join pg_am am on am.oid = c.opcmethod
      left join pg_opfamily f on f.oid = c.opcfamily ${comment('d', 'pg_opclass', 'c.oid')}
      where ${notOfExtension('pg_opclass', 'c.oid')}`,
  },
  {
    class: 'operator family',
    identity: `nsp.name || '.' || quote_ident(f.opfname) || ' using ' || am.amname`,
    definition: [roleName('f.opfowner'), 'd.description'],
    from: `pg_opfamily f join nsp on nsp.oid = f.opfnamespace join pg_am am on am.oid = f.opfmethod
      ${comment('d', 'pg_opfamily', 'f.oid')}
      where ${notOfExtension('pg_opfamily', 'f.oid')}`,
  },
  {
    class: 'operator of a family',
    identity: `f.opfnamespace::regnamespace || '.' || quote_ident(f.opfname) || ' using ' || (select amname from pg_am where oid = o.amopmethod) || ' '
      || o.amoplefttype::regtype || ' ' || o.amoprighttype::regtype || ' ' || o.amopstrategy || ' ' || o.amoppurpose::text`,
    definition: [
      'o.amopopr::regoperator',
      `(select opfnamespace::regnamespace || '.' || quote_ident(opfname) from pg_opfamily where oid = o.amopsortfamily)`,
    ],
    from: `pg_amop o join pg_opfamily f on f.oid = o.amopfamily
      where o.oid >= ${FIRST_USER_OID} and ${notOfExtension('pg_opfamily', 'f.oid')}
        and ${notOfExtension('pg_amop', 'o.oid')}`,
  },
  {
    class: 'function of a family',
    identity: `f.opfnamespace::regnamespace || '.' || quote_ident(f.opfname) || ' using ' || (select amname from pg_am where oid = f.opfmethod) || ' '
      || p.amproclefttype::regtype || ' ' || p.amprocrighttype::regtype || ' ' || p.amprocnum`,
    definition: ['p.amproc::regprocedure'],
    from: `pg_amproc p join pg_opfamily f on f.oid = p.amprocfamily
      where p.oid >= ${FIRST_USER_OID} and ${notOfExtension('pg_opfamily', 'f.oid')}
        and ${notOfExtension('pg_amproc', 'p.oid')}`,
  },
  {
    class: 'text search configuration',
    identity: `nsp.name || '.' || quote_ident(c.cfgname)`,
    definition: [
      `(select prsnamespace::regnamespace || '.' || quote_ident(prsname) from pg_ts_parser where oid = c.cfgparser)`,
      `(select array_agg(row(m.maptokentype, m.mapseqno, m.mapdict::regdictionary)::text
          order by m.maptokentype, m.mapseqno) from pg_ts_config_map m where m.mapcfg = c.oid)`,
      ...[roleName('c.cfgowner'), 'd.description'],
    ],
    from: `pg_ts_config c join nsp on nsp.oid = c.cfgnamespace ${comment('d', 'pg_ts_config', 'c.oid')}
      where ${notOfExtension('pg_ts_config', 'c.oid')}`,
  },
  {
    class: 'text search dictionary',
    identity: `nsp.name || '.' || quote_ident(c.dictname)`,
    definition: [
      `(select tmplnamespace::regnamespace || '.' || quote_ident(tmplname) from pg_ts_template where oid = c.dicttemplate)`,
      ...['c.dictinitoption', roleName('c.dictowner'), 'd.description'],
    ],
    from: `pg_ts_dict c join nsp on nsp.oid = c.dictnamespace ${comment('d', 'pg_ts_dict', 'c.oid')}
      where ${notOfExtension('pg_ts_dict', 'c.oid')}`,
  },
  {
    class: 'text search parser',
    identity: `nsp.name || '.' || quote_ident(c.prsname)`,
    definition: ['c.prsstart', 'c.prstoken', 'c.prsend', 'c.prsheadline', 'c.prslextype', 'd.description'],
    from: `pg_ts_parser c join nsp on nsp.oid = c.prsnamespace ${comment('d', 'pg_ts_parser', 'c.oid')}
      where ${notOfExtension('pg_ts_parser', 'c.oid')}`,
  },
  {
    class: 'text search template',
    identity: `nsp.name || '.' || quote_ident(c.tmplname)`,
    definition: ['c.tmplinit', 'c.tmpllexize', 'd.description'],
    from: `pg_ts_template c join nsp on nsp.oid = c.tmplnamespace ${comment('d', 'pg_ts_template', 'c.oid')}
      where ${notOfExtension('pg_ts_template', 'c.oid')}`,
  },
  {
    class: 'foreign data wrapper',
    identity: 'quote_ident(w.fdwname)',
    definition: [
      ...['nullif(w.fdwhandler, 0)::regprocedure', 'nullif(w.fdwvalidator, 0)::regprocedure'],
      ...[options('w.fdwoptions'), roleName('w.fdwowner'), privileges('w.fdwacl', `'F'`, 'w.fdwowner')],
      'd.description',
    ],
    from: `pg_foreign_data_wrapper w ${comment('d', 'pg_foreign_data_wrapper', 'w.oid')}
      where ${notOfExtension('pg_foreign_data_wrapper', 'w.oid')}`,
  },
  {
    class: 'foreign server',
    identity: 'quote_ident(s.srvname)',
    definition: [
      `(select fdwname from pg_foreign_data_wrapper where oid = s.srvfdw)`,
      ...['s.srvtype', 's.srvversion', options('s.srvoptions')],
      ...[roleName('s.srvowner'), privileges('s.srvacl', `'S'`, 's.srvowner'), 'd.description'],
    ],
    from: `pg_foreign_server s ${comment('d', 'pg_foreign_server', 's.oid')}
      where ${notOfExtension('pg_foreign_server', 's.oid')}`,
  },
  {
    // Their options hold passwords, and only their owner may read them: see `uncovered`.
    class: 'user mapping',
    identity: `quote_ident(m.srvname) || ' for ' || case when m.umuser <> 0 then ${roleName('m.umuser')} else 'PUBLIC' end`,
    definition: ['null::text'],
    from: 'pg_user_mappings m',
  },
];
