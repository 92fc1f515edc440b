import { notOfExtension } from '../fingerprint/fragments';
import type { Reader } from './reader';
import { collate } from './reader';

const name = `nsp.name || '.' || quote_ident(c.relname)`;
const ofUser = (kinds: string): string =>
  `from pg_class c join nsp on nsp.oid = c.relnamespace
   where c.relkind in (${kinds}) and ${notOfExtension('pg_class', 'c.oid')}`;
const persistence = `case c.relpersistence when 'u' then 'unlogged ' else '' end`;
const rowType = `array['pg_type:' || c.reltype, 'pg_type:' || (select typarray from pg_type where pg_type.oid = c.reltype)]`;

const sequenceOptions = (s: string): string =>
  `format('increment by %s minvalue %s maxvalue %s start with %s cache %s %scycle',
    ${s}.seqincrement, ${s}.seqmin, ${s}.seqmax, ${s}.seqstart, ${s}.seqcache, case when ${s}.seqcycle then '' else 'no ' end)`;

/** Not those of identity columns: they are made with their table. */
export const SEQUENCES: Reader = {
  sql: `select 'pg_class:' || c.oid as address, '{}'::text[] as aliases, 'sequence ' || ${name} as label,
      array_remove(array[
        format('create %ssequence %s as %s %s', ${persistence}, ${name}, s.seqtypid::regtype, ${sequenceOptions('s')}),
        (select format('alter sequence %s owned by %s.%I', ${name}, d.refobjid::regclass, a.attname)
         from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'a')], null) as statements
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join nsp on nsp.oid = c.relnamespace
    where ${notOfExtension('pg_class', 'c.oid')} and not exists (
      select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i')
    order by 3`,
};

/** The sequence of an identity column; a partition uses its parent's. */
const identity = `(select format(' generated %s as identity (sequence name %s %s)',
    case a.attidentity when 'a' then 'always' else 'by default' end, s.seqrelid::regclass, ${sequenceOptions('s')})
  from pg_depend d join pg_sequence s on s.seqrelid = d.objid
  where a.attidentity <> '' and not c.relispartition and d.classid = 'pg_class'::regclass and d.deptype = 'i'
    and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid = a.attnum)`;

const generated = `case when a.attgenerated <> '' then format(' generated always as (%s) %s',
    (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = c.oid and adnum = a.attnum),
    case a.attgenerated when 's' then 'stored' else 'virtual' end) end`;

/** Before version 18 a column is not null without a constraint of that name. */
const bareNotNull = `case when a.attnotnull and (c.relispartition or a.attidentity = '') and not exists (
    select from pg_constraint k where k.conrelid = c.oid and k.contype = 'n' and k.conkey[1] = a.attnum)
    -- A key says so too, as an identity does; but a partition gets those from its parent, and must be not null before that.
    and (c.relispartition or not exists (
      select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p' and a.attnum = any(k.conkey)))
  then ' not null' end`;

/**
 * Columns and NOT NULL constraints. A table that inherits makes only what is its own, a partition all of it: it is
 * attached afterwards, because its columns may stand in another order than its parent's.
 */
const items = `(select string_agg(item, ', ' order by place, attnum) from (
    select 1 as place, a.attnum, format('%I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
        ${collate('a.attcollation', 't.typcollation')}, concat(${generated}, ${identity}, ${bareNotNull})) as item
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and (a.attislocal or c.relispartition) and c.reloftype = 0
    union all
    select 2, a.attnum, format('constraint %I not null %I%s', k.conname, a.attname,
        case when k.connoinherit then ' no inherit' end)
      from pg_constraint k join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
      where k.conrelid = c.oid and k.contype = 'n' and k.convalidated and (k.conislocal or c.relispartition)) as all_items)`;

/** A table all of whose columns are its own too came first and was then told to inherit: its columns keep their order. */
const inheritsLater = `(not c.relispartition and not exists (
    select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and not a.attislocal))`;

const parents = `(select string_agg(inhparent::regclass::text, ', ' order by inhseqno)
    from pg_inherits where inhrelid = c.oid and not c.relispartition and not ${inheritsLater})`;

const settings = `(select string_agg(setting, ', ') from (
    select quote_ident(split_part(o, '=', 1)) || ' = ' || quote_literal(substr(o, strpos(o, '=') + 1)) as setting
      from unnest(c.reloptions) o
    union all
    select 'toast.' || quote_ident(split_part(o, '=', 1)) || ' = ' || quote_literal(substr(o, strpos(o, '=') + 1))
      from pg_class toast, unnest(toast.reloptions) o where toast.oid = c.reltoastrelid) as every)`;

const columnSettings = `array(select setting from (
    select a.attnum, format('alter table only %s alter column %I set storage %s', ${name}, a.attname,
        case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end) as setting
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attstorage <> t.typstorage
    union all
    select a.attnum, format('alter table only %s alter column %I set compression %s', ${name}, a.attname,
        case a.attcompression when 'l' then 'lz4' else 'pglz' end)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attcompression <> ''
    union all
    select a.attnum, format('alter table only %s alter column %I set statistics %s', ${name}, a.attname, a.attstattarget)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attstattarget >= 0
    union all
    select a.attnum, format('alter table only %s alter column %I set (%s)', ${name}, a.attname,
        array_to_string(a.attoptions, ', '))
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attoptions is not null
    ) as every order by attnum, setting)`;

export const TABLES: Reader = {
  sql: `select 'pg_class:' || c.oid as address,
      ${rowType}
        || array(select 'pg_class:' || d.objid from pg_depend d where d.classid = 'pg_class'::regclass
             and d.deptype = 'i' and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid > 0)
        || array(select 'pg_constraint:' || k.oid from pg_constraint k where k.conrelid = c.oid and k.contype = 'n')
        || array(select 'pg_attrdef:' || f.oid from pg_attrdef f join pg_attribute a on a.attrelid = f.adrelid
             and a.attnum = f.adnum where f.adrelid = c.oid and a.attgenerated <> '') as aliases,
      'table ' || ${name} as label,
      array[format('create %stable %s%s %s%s%s%s%s', ${persistence}, ${name},
        case when c.reloftype <> 0 then ' of ' || c.reloftype::regtype end,
        case when c.reloftype = 0 or ${items} is not null then '(' || coalesce(${items}, '') || ')' end,
        ' inherits (' || ${parents} || ')',
        case when c.relkind = 'p' then ' partition by ' || pg_get_partkeydef(c.oid) end,
        (select ' using ' || quote_ident(amname) from pg_am where pg_am.oid = c.relam and amname <> 'heap'),
        ' with (' || ${settings} || ')')]
      || ${columnSettings}
      || case when c.relispartition then array(
           select format('alter table only %s attach partition %s %s', i.inhparent::regclass, ${name},
             pg_get_expr(c.relpartbound, c.oid)) from pg_inherits i where i.inhrelid = c.oid)
         when ${inheritsLater} then array(
           select format('alter table only %s inherit %s', ${name}, i.inhparent::regclass)
             from pg_inherits i where i.inhrelid = c.oid order by i.inhseqno) end as statements
    ${ofUser(`'r', 'p'`)} order by 3`,
};

const columnNames = `(select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
  where attrelid = c.oid and attnum > 0 and not attisdropped)`;
const query = `rtrim(pg_get_viewdef(c.oid), '; ')`;
const rule = `array(select 'pg_rewrite:' || r.oid from pg_rewrite r where r.ev_class = c.oid and r.rulename = '_RETURN')`;

export const VIEWS: Reader = {
  sql: `select 'pg_class:' || c.oid as address, ${rowType} || ${rule} as aliases, 'view ' || ${name} as label,
      array[format('create view %s (%s)%s as %s', ${name}, ${columnNames}, ' with (' || ${settings} || ')', ${query})] as statements
    ${ofUser(`'v'`)} order by 3`,
};

export const MATERIALISED_VIEWS: Reader = {
  sql: `select 'pg_class:' || c.oid as address, ${rowType} || ${rule} as aliases, 'materialised view ' || ${name} as label,
      array[format('create materialized view %s (%s)%s%s as %s with %sdata', ${name}, ${columnNames},
        (select ' using ' || quote_ident(amname) from pg_am where pg_am.oid = c.relam and amname <> 'heap'),
        ' with (' || ${settings} || ')', ${query}, case when c.relispopulated then '' else 'no ' end)]
      || ${columnSettings} as statements
    ${ofUser(`'m'`)} order by 3`,
};

/** One by one and after their tables: a default may need what needs the table. Of views, too. */
export const DEFAULTS: Reader = {
  sql: `select 'pg_attrdef:' || d.oid as address, '{}'::text[] as aliases,
      format('default of %s.%I', ${name}, a.attname) as label,
      array[format('alter table %s%s alter column %I set default %s',
        case when c.relkind in ('r', 'p') then 'only ' end, ${name}, a.attname, pg_get_expr(d.adbin, d.adrelid))] as statements
    from pg_attrdef d join pg_class c on c.oid = d.adrelid join nsp on nsp.oid = c.relnamespace
      join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where a.attgenerated = '' and c.relkind in ('r', 'p', 'v') and ${notOfExtension('pg_class', 'c.oid')} order by 3`,
};
