import { FIRST_USER_OID, notOfExtension } from '../fingerprint/fragments';
import type { Reader } from './reader';

const operator = (oid: string): string =>
  `(select 'operator(' || x.oprnamespace::regnamespace || '.' || x.oprname || ')' from pg_operator x where x.oid = nullif(${oid}, 0))`;

export const OPERATORS: Reader = {
  sql: `select 'pg_operator:' || o.oid as address, '{}'::text[] as aliases, 'operator ' || o.oid::regoperator as label,
      array['create operator ' || nsp.name || '.' || o.oprname || ' (' || concat('function = ', o.oprcode,
        case when o.oprleft <> 0 then ', leftarg = ' || o.oprleft::regtype end,
        case when o.oprright <> 0 then ', rightarg = ' || o.oprright::regtype end,
        ', commutator = ' || ${operator('o.oprcom')}, ', negator = ' || ${operator('o.oprnegate')},
        case when o.oprrest <> 0 then ', restrict = ' || o.oprrest end,
        case when o.oprjoin <> 0 then ', join = ' || o.oprjoin end,
        case when o.oprcanhash then ', hashes' end, case when o.oprcanmerge then ', merges' end) || ')'] as statements
    from pg_operator o join nsp on nsp.oid = o.oprnamespace
    where o.oprcode <> 0 and ${notOfExtension('pg_operator', 'o.oid')} order by 3`,
};

export const CASTS: Reader = {
  sql: `select 'pg_cast:' || c.oid as address, '{}'::text[] as aliases,
      format('cast %s as %s', c.castsource::regtype, c.casttarget::regtype) as label,
      array[format('create cast (%s as %s) %s%s', c.castsource::regtype, c.casttarget::regtype,
        case c.castmethod when 'f' then 'with function ' || c.castfunc::regprocedure when 'i' then 'with inout'
          else 'without function' end,
        case c.castcontext when 'a' then ' as assignment' when 'i' then ' as implicit' end)] as statements
    from pg_cast c where c.oid >= ${FIRST_USER_OID} and ${notOfExtension('pg_cast', 'c.oid')}
      -- A range's cast to its multirange comes with the type.
      and not exists (select from pg_depend d where d.classid = 'pg_cast'::regclass and d.objid = c.oid and d.deptype = 'i')
    order by 3`,
};

export const DICTIONARIES: Reader = {
  sql: `select 'pg_ts_dict:' || d.oid as address, '{}'::text[] as aliases,
      format('text search dictionary %s.%I', nsp.name, d.dictname) as label,
      array[format('create text search dictionary %s.%I (template = %s%s)', nsp.name, d.dictname,
        (select tmplnamespace::regnamespace || '.' || quote_ident(tmplname) from pg_ts_template where oid = d.dicttemplate),
        ', ' || d.dictinitoption)] as statements
    from pg_ts_dict d join nsp on nsp.oid = d.dictnamespace where ${notOfExtension('pg_ts_dict', 'd.oid')} order by 3`,
};

export const CONFIGURATIONS: Reader = {
  sql: `select 'pg_ts_config:' || c.oid as address, '{}'::text[] as aliases,
      format('text search configuration %s.%I', nsp.name, c.cfgname) as label,
      array[format('create text search configuration %s.%I (parser = %s)', nsp.name, c.cfgname,
        (select prsnamespace::regnamespace || '.' || quote_ident(prsname) from pg_ts_parser where oid = c.cfgparser))]
      || array(select format('alter text search configuration %s.%I add mapping for %I with %s', nsp.name, c.cfgname,
          token.alias, string_agg(m.mapdict::regdictionary::text, ', ' order by m.mapseqno))
        from pg_ts_config_map m join ts_token_type(c.cfgparser) token on token.tokid = m.maptokentype
        where m.mapcfg = c.oid group by token.tokid, token.alias order by token.tokid) as statements
    from pg_ts_config c join nsp on nsp.oid = c.cfgnamespace where ${notOfExtension('pg_ts_config', 'c.oid')} order by 3`,
};
