import type { Reader } from './reader';
import { collate, list, SAFE_LANGUAGES } from './reader';
import { notOfExtension, ifKnown } from '../fingerprint/fragments';

const name = `nsp.name || '.' || quote_ident(t.typname)`;
const aliases = `array_remove(array[case when t.typarray <> 0 then 'pg_type:' || t.typarray end], null)`;
const ofUser = `join nsp on nsp.oid = t.typnamespace where ${notOfExtension('pg_type', 't.oid')}`;

export const COLLATIONS: Reader = {
  sql: `select 'pg_collation:' || c.oid as address, '{}'::text[] as aliases,
      'collation ' || nsp.name || '.' || quote_ident(c.collname) as label,
      array[format('create collation %s.%I (provider = %s, %s, deterministic = %s%s)', nsp.name, c.collname,
        case c.collprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end,
        case when c.collprovider = 'c' then format('lc_collate = %L, lc_ctype = %L', c.collcollate, c.collctype)
          else format('locale = %L', coalesce(${ifKnown('c', 'colllocale')}, ${ifKnown('c', 'colliculocale')}, c.collcollate)) end,
        case when c.collisdeterministic then 'true' else 'false' end, ', rules = ' || quote_literal(${ifKnown('c', 'collicurules')}))] as statements
    from pg_collation c join nsp on nsp.oid = c.collnamespace where ${notOfExtension('pg_collation', 'c.oid')}
    order by 3`,
};

export const ENUMS: Reader = {
  sql: `select 'pg_type:' || t.oid as address, ${aliases} as aliases, 'type ' || ${name} as label,
      array[format('create type %s as enum (%s)', ${name},
        (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid))
      ] as statements
    from pg_type t ${ofUser} and t.typtype = 'e' order by 3`,
};

export const DOMAINS: Reader = {
  sql: `select 'pg_type:' || t.oid as address, ${aliases} as aliases, 'domain ' || ${name} as label,
      array[format('create domain %s as %s%s%s%s', ${name}, format_type(t.typbasetype, t.typtypmod),
        ${collate('t.typcollation', 'base.typcollation')}, ' default ' || pg_get_expr(t.typdefaultbin, 0),
        -- Before version 17 it has no name and no constraint of its own.
        case when t.typnotnull and not exists (select from pg_constraint where contypid = t.oid and contype = 'n')
          then ' not null' end)] as statements
    from pg_type t join pg_type base on base.oid = t.typbasetype ${ofUser} and t.typtype = 'd' order by 3`,
};

export const DOMAIN_CONSTRAINTS: Reader = {
  sql: `select 'pg_constraint:' || con.oid as address, '{}'::text[] as aliases,
      format('constraint %I of domain %s', con.conname, ${name}) as label,
      array[format('alter domain %s add constraint %I %s', ${name}, con.conname, pg_get_constraintdef(con.oid))] as statements
    from pg_constraint con join pg_type t on t.oid = con.contypid ${ofUser} order by 3`,
};

export const COMPOSITES: Reader = {
  sql: `select 'pg_type:' || t.oid as address, ${aliases} || ('pg_class:' || t.typrelid) as aliases,
      'type ' || ${name} as label,
      array[format('create type %s as (%s)', ${name}, (
        select string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
          ${collate('a.attcollation', 'ct.typcollation')}), ', ' order by a.attnum)
        from pg_attribute a join pg_type ct on ct.oid = a.atttypid
        where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))] as statements
    from pg_type t join pg_class c on c.oid = t.typrelid and c.relkind = 'c' ${ofUser} order by 3`,
};

export const RANGES: Reader = {
  sql: `select 'pg_type:' || t.oid as address,
      ${aliases} || array(select 'pg_type:' || m.oid from pg_type m where m.oid = r.rngmultitypid)
        || array(select 'pg_type:' || m.typarray from pg_type m where m.oid = r.rngmultitypid) as aliases,
      'type ' || ${name} as label,
      array[format('create type %s as range (subtype = %s, subtype_opclass = %s%s%s%s%s)', ${name},
        format_type(r.rngsubtype, null),
        (select opcnamespace::regnamespace || '.' || quote_ident(opcname) from pg_opclass where oid = r.rngsubopc),
        case when r.rngcollation <> 0 then ', collation = ' || r.rngcollation::regcollation end,
        case when r.rngcanonical <> 0 then ', canonical = ' || r.rngcanonical end,
        case when r.rngsubdiff <> 0 then ', subtype_diff = ' || r.rngsubdiff end,
        ', multirange_type_name = ' || r.rngmultitypid::regtype)] as statements
    from pg_type t join pg_range r on r.rngtypid = t.oid ${ofUser} order by 3`,
};

export const FUNCTIONS: Reader = {
  sql: `select 'pg_proc:' || p.oid as address, '{}'::text[] as aliases, 'function ' || p.oid::regprocedure as label,
      array[pg_get_functiondef(p.oid)] as statements
    from pg_proc p join nsp on nsp.oid = p.pronamespace join pg_language l on l.oid = p.prolang
    where p.prokind <> 'a' and l.lanname in (${list(SAFE_LANGUAGES)}) and ${notOfExtension('pg_proc', 'p.oid')}
    order by 3`,
};

const option = (key: string, value: string, absent: string): string =>
  `case when ${value} is distinct from ${absent} then ', ${key} = ' || ${value} end`;

const modify = (column: string): string =>
  `case ${column} when 'r' then 'read_only' when 's' then 'shareable' else 'read_write' end`;

export const AGGREGATES: Reader = {
  sql: `select 'pg_proc:' || p.oid as address, '{}'::text[] as aliases, 'aggregate ' || p.oid::regprocedure as label,
      array['create aggregate ' || nsp.name || '.' || quote_ident(p.proname) || '(' || pg_get_function_arguments(p.oid) || ') ('
        || concat('sfunc = ', g.aggtransfn, ', stype = ', format_type(g.aggtranstype, null),
          ${option('sspace', 'g.aggtransspace', '0')},
          ${option('finalfunc', 'nullif(g.aggfinalfn::oid, 0)::regproc', 'null')},
          case when g.aggfinalextra then ', finalfunc_extra' end,
          case when g.aggfinalfn <> 0 then ', finalfunc_modify = ' || ${modify('g.aggfinalmodify')} end,
          ${option('combinefunc', 'nullif(g.aggcombinefn::oid, 0)::regproc', 'null')},
          ${option('serialfunc', 'nullif(g.aggserialfn::oid, 0)::regproc', 'null')},
          ${option('deserialfunc', 'nullif(g.aggdeserialfn::oid, 0)::regproc', 'null')},
          ', initcond = ' || quote_literal(g.agginitval),
          ${option('msfunc', 'nullif(g.aggmtransfn::oid, 0)::regproc', 'null')},
          ${option('minvfunc', 'nullif(g.aggminvtransfn::oid, 0)::regproc', 'null')},
          case when g.aggmtranstype <> 0 then ', mstype = ' || format_type(g.aggmtranstype, null) end,
          ${option('msspace', 'g.aggmtransspace', '0')},
          ${option('mfinalfunc', 'nullif(g.aggmfinalfn::oid, 0)::regproc', 'null')},
          case when g.aggmfinalextra then ', mfinalfunc_extra' end,
          case when g.aggmfinalfn <> 0 then ', mfinalfunc_modify = ' || ${modify('g.aggmfinalmodify')} end,
          ', minitcond = ' || quote_literal(g.aggminitval),
          (select ', sortop = operator(' || o.oprnamespace::regnamespace || '.' || o.oprname || ')'
            from pg_operator o where o.oid = g.aggsortop),
          case p.proparallel when 's' then ', parallel = safe' when 'r' then ', parallel = restricted' end,
          case when g.aggkind = 'h' then ', hypothetical' end) || ')'] as statements
    from pg_proc p join nsp on nsp.oid = p.pronamespace join pg_aggregate g on g.aggfnoid = p.oid
    where ${notOfExtension('pg_proc', 'p.oid')} order by 3`,
};
