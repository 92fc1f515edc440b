import { notOfExtension } from '../fingerprint/fragments';
import type { Reader } from './reader';

/** `$2` owns every schema while its contents are made. */
export const SCHEMAS: Reader = {
  sql: `select 'pg_namespace:' || nsp.oid as address, '{}'::text[] as aliases, 'schema ' || nsp.name as label,
      array[case when nsp.nspname = 'public' then format('alter schema public owner to %I', $2::text)
        else format('create schema %s authorization %I', nsp.name, $2::text) end] as statements
    from nsp where ${notOfExtension('pg_namespace', 'nsp.oid')}
    union all
    select 'pg_namespace:0', '{}', 'schema public', array['drop schema public']
    where not exists (select from nsp where nspname = 'public')
    order by 3`,
};

/**
 * Extensions that a rehearsal may have. `trusted` ones, which PostgreSQL itself lets everybody install in his own
 * database, and some that only compute. Others (dblink, postgres_fdw, file_fdw, untrusted languages) reach out.
 */
const ONLY_COMPUTES = [
  'postgis',
  'postgis_topology',
  'pg_stat_statements',
  'vector',
  'amcheck',
  'pageinspect',
  'xml2',
  'bloom',
];

export const isHarmless = `(
  e.extname in (${ONLY_COMPUTES.map((name) => `'${name}'`).join(', ')})
  or exists (select from pg_available_extension_versions v
      where v.name = e.extname and v.version = e.extversion and v.trusted and e.extname !~ '(plperl|pltcl|plpython)'))`;

/** What the writing role may install there, and has installed, `$2` owns in the copy: to drop it takes its owner. */
const byWriter = `(pg_get_userbyid(e.extowner) = $1 and exists (
  select from pg_available_extension_versions v where v.name = e.extname and v.version = e.extversion and v.trusted))`;

export const EXTENSIONS: Reader = {
  sql: `select 'pg_extension:' || e.oid as address, '{}'::text[] as aliases, 'extension ' || quote_ident(e.extname) as label,
      array[format('%screate extension if not exists %I schema %s version %L cascade%s',
        case when ${byWriter} then format('set role %I; ', $2::text) end, e.extname,
        e.extnamespace::regnamespace, e.extversion, case when ${byWriter} then '; reset role' end)] as statements
    from pg_extension e where e.extname <> 'plpgsql' and ${isHarmless}
    union all
    select 'pg_extension:0', '{}', 'extension plpgsql', array['drop extension plpgsql']
    where not exists (select from pg_extension where extname = 'plpgsql')
    order by 3`,
};
