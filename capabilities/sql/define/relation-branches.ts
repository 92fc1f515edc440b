import { commentFacet, noRightsFacet, rightsFacets, type FacetSql } from './facets';

/** The facets of a relation that are one query each. */

/** `r`: the relation of the oid $1; `a`: its columns. */
export const WITHS = `r as (
  select c.*, format('%I.%I', n.nspname, c.relname) as name,
    case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' when 'i' then 'index'
      when 'I' then 'index' when 'c' then 'type' else 'table' end as word,
    case c.relkind when 'S' then 'sequence' else 'table' end as rights_word,
    case c.relkind when 'S' then 's' else 'r' end::"char" as letter,
    -- A sequence that belongs to a column has its table's owner.
    c.relkind in ('r', 'p', 'v', 'm') or c.relkind = 'S' and not exists (select from pg_depend d where
      d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and d.refobjsubid > 0) as owned
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::oid),
a as (
  select a.*, 'column ' || a.attname as key, quote_ident(a.attname) as quoted, format('alter table %s%s alter column %I', 
      case when r.relkind in ('r', 'p') then 'only ' end, r.name, a.attname) as alter
  from r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped)`;

const alterTable = (what: string): string => `'alter table ' || r.name || ' ${what}'`;

/** Something that is on or off. */
const flag = (key: string, on: string, condition: string, make: string, unmake: string): FacetSql => ({
  key: `'${key}'`,
  state: `'on'`,
  make: `array[${make}]`,
  unmake: `array[${unmake}]`,
  from: `r where ${on} and ${condition}`,
});

const optionFacet = (key: string, array: string, from: string, alter: string, prefix = ''): FacetSql => ({
  key: `${key} || split_part(o, '=', 1)`,
  state: 'o',
  make: `array[format('%s set (${prefix}%s = %L)', ${alter}, split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))]`,
  unmake: `array[format('%s reset (${prefix}%s)', ${alter}, split_part(o, '=', 1))]`,
  sets: true,
  from: `${from} cross join lateral unnest(${array}) o`,
});

const STATE = `case g.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' when 'A' then 'enable always' else 'enable' end`;

export const ITSELF: readonly FacetSql[] = [
  {
    key: `'owner'`,
    state: 'pg_get_userbyid(r.relowner)',
    make: `array[case when r.owned then format('alter %s %s owner to %I', r.word, r.name, pg_get_userbyid(r.relowner)) end]`,
    sets: true,
    from: `r where r.relkind in ('r', 'p', 'v', 'm', 'S')`,
  },
  flag(
    'unlogged',
    `r.relpersistence = 'u'`,
    `r.relkind = 'r'`,
    alterTable('set unlogged'),
    alterTable('set logged'),
  ),
  optionFacet(`'option '`, 'r.reloptions', 'r', `'alter ' || r.word || ' ' || r.name`),
  optionFacet(
    `'toast option '`,
    't.reloptions',
    'r join pg_class t on t.oid = r.reltoastrelid',
    `'alter table ' || r.name`,
    'toast.',
  ),
  flag(
    'row security',
    'r.relrowsecurity',
    'true',
    alterTable('enable row level security'),
    alterTable('disable row level security'),
  ),
  flag(
    'forced row security',
    'r.relforcerowsecurity',
    'true',
    alterTable('force row level security'),
    alterTable('no force row level security'),
  ),
];

/** Made after the indexes that they name. */
export const BY_INDEX: readonly FacetSql[] = [
  {
    key: `'replica identity'`,
    state: `r.relreplident::text || coalesce((select indexrelid::regclass::text from pg_index where indrelid = r.oid and indisreplident), '')`,
    make: `array[${alterTable('replica identity ')} || case r.relreplident when 'd' then 'default' when 'f' then 'full' when 'n' then 'nothing'
      else 'using index ' || (select quote_ident(c.relname) from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = r.oid and i.indisreplident) end]`,
    sets: true,
    from: `r where r.relkind in ('r', 'p', 'm')`,
  },
  {
    key: `'clustered on'`,
    state: 'c.relname',
    make: `array[format('alter %s %s cluster on %I', r.word, r.name, c.relname)]`,
    unmake: `array[format('alter %s %s set without cluster', r.word, r.name)]`,
    sets: true,
    from: `r join pg_index i on i.indrelid = r.oid and i.indisclustered join pg_class c on c.oid = i.indexrelid`,
  },
];

export const COLUMNS: readonly FacetSql[] = [
  {
    key: `a.key || ' default'`,
    state: 'pg_get_expr(d.adbin, d.adrelid)',
    make: `array[a.alter || ' set default ' || pg_get_expr(d.adbin, d.adrelid)]`,
    unmake: `array[a.alter || ' drop default']`,
    sets: true,
    from: `r join a on true join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where a.attgenerated = ''`,
  },
  {
    key: `a.key || ' storage'`,
    state: 'a.attstorage',
    make: `array[a.alter || ' set storage ' || case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end]`,
    sets: true,
    from: `r join a on true where r.relkind in ('r', 'p', 'm')`,
  },
  {
    key: `a.key || ' compression'`,
    state: 'a.attcompression',
    make: `array[a.alter || ' set compression ' || case a.attcompression when 'l' then 'lz4' when 'p' then 'pglz' else 'default' end]`,
    sets: true,
    from: `r join a on true where r.relkind in ('r', 'p', 'm')`,
  },
  {
    key: `a.key || ' statistics'`,
    state: 'coalesce(a.attstattarget, -1)',
    make: `array[format('alter %s %s alter column %s set statistics %s', r.word, r.name,
      case when r.word = 'index' then a.attnum::text else a.quoted end, coalesce(a.attstattarget, -1))]`,
    sets: true,
    from: `r join a on true where r.relkind in ('r', 'p', 'm', 'i', 'I')`,
  },
  optionFacet(`a.key || ' option '`, 'a.attoptions', 'a', 'a.alter'),
  commentFacet(
    `a.key || ' comment'`,
    `'column ' || r.name || '.' || a.quoted`,
    `col_description(r.oid, a.attnum)`,
    `r join a on true where r.word <> 'index'`,
  ),
];

/** What hangs on a constraint, an index, a trigger or a policy. */
export const PARTS: readonly FacetSql[] = [
  {
    // A foreign key can change it in place, so it is left out of what tells two of them apart.
    key: `'foreign key ' || k.conname || ' deferrable'`,
    state: 'row(k.condeferrable, k.condeferred)',
    make: `array[format('alter table %s alter constraint %I %s', r.name, k.conname, case when k.condeferred then 'deferrable initially deferred'
      when k.condeferrable then 'deferrable initially immediate' else 'not deferrable' end)]`,
    sets: true,
    of: `'foreign key ' || k.conname`,
    from: `r join pg_constraint k on k.conrelid = r.oid and k.contype = 'f' and k.conparentid = 0`,
  },
  {
    key: `'trigger ' || g.tgname || ' state'`,
    state: 'g.tgenabled',
    make: `array[format('alter table %s %s trigger %I', r.name, ${STATE}, g.tgname)]`,
    sets: true,
    of: `'trigger ' || g.tgname`,
    from: 'r join pg_trigger g on g.tgrelid = r.oid and not g.tgisinternal',
  },
  {
    ...optionFacet(
      `'index ' || c.relname || ' option '`,
      'c.reloptions',
      'r join pg_index i on i.indrelid = r.oid join pg_class c on c.oid = i.indexrelid',
      `'alter index ' || c.oid::regclass`,
    ),
    of: `coalesce((select 'key ' || k.conname from pg_constraint k where k.conindid = c.oid and k.conrelid = r.oid and k.contype in ('p', 'u', 'x')), 'index ' || c.relname)`,
  },
  commentFacet(
    `'index ' || c.relname || ' comment'`,
    `'index ' || c.oid::regclass`,
    `obj_description(c.oid, 'pg_class')`,
    'r join pg_index i on i.indrelid = r.oid join pg_class c on c.oid = i.indexrelid',
    `coalesce((select 'key ' || k.conname from pg_constraint k where k.conindid = c.oid and k.conrelid = r.oid and k.contype in ('p', 'u', 'x')), 'index ' || c.relname)`,
  ),
  commentFacet(
    `'constraint ' || k.conname || ' comment'`,
    `format('constraint %I on %s', k.conname, r.name)`,
    `obj_description(k.oid, 'pg_constraint')`,
    'r join pg_constraint k on k.conrelid = r.oid',
    `case k.contype when 'n' then 'not null' when 'c' then 'check' when 'f' then 'foreign key' else 'key' end || ' ' || k.conname`,
  ),
  commentFacet(
    `'trigger ' || g.tgname || ' comment'`,
    `format('trigger %I on %s', g.tgname, r.name)`,
    `obj_description(g.oid, 'pg_trigger')`,
    'r join pg_trigger g on g.tgrelid = r.oid and not g.tgisinternal',
    `'trigger ' || g.tgname`,
  ),
  commentFacet(
    `'policy ' || p.polname || ' comment'`,
    `format('policy %I on %s', p.polname, r.name)`,
    `obj_description(p.oid, 'pg_policy')`,
    'r join pg_policy p on p.polrelid = r.oid',
    `'policy ' || p.polname`,
  ),
];

export const SEQUENCE: readonly FacetSql[] = [
  {
    key: `'numbers'`,
    state: 's',
    make: `array[format('alter sequence %s as %s increment by %s minvalue %s maxvalue %s start with %s cache %s %s', r.name,
      s.seqtypid::regtype, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, case when s.seqcycle then 'cycle' else 'no cycle' end)]`,
    sets: true,
    from: 'r join pg_sequence s on s.seqrelid = r.oid',
  },
];

export const OWNED_BY: FacetSql = {
  key: `'owned by'`,
  state: `d.refobjid::regclass || '.' || oc.attname`,
  make: `array[format('alter sequence %s owned by %s.%I', r.name, d.refobjid::regclass, oc.attname)]`,
  unmake: `array[format('alter sequence %s owned by none', r.name)]`,
  sets: true,
  from: `r join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = r.oid and d.deptype = 'a' and d.refobjsubid > 0
      and d.refclassid = 'pg_class'::regclass and r.relkind = 'S'
    join pg_attribute oc on oc.attrelid = d.refobjid and oc.attnum = d.refobjsubid`,
};

export const RIGHTS: readonly FacetSql[] = [
  noRightsFacet({
    ...{ acl: 'r.relacl', owner: 'r.relowner', word: 'r.rights_word', name: 'r.name' },
    from: `r where r.relkind in ('S', 'm')`,
  }),
  rightsFacets({
    ...{ acl: 'r.relacl', letter: 'r.letter', owner: 'r.relowner', word: 'r.rights_word', name: 'r.name' },
    from: `(select * from r where relkind in ('r', 'p', 'v', 'm', 'S')) r`,
  }),
  rightsFacets({
    ...{ acl: 'a.attacl', letter: `'c'::"char"`, owner: 'r.relowner', word: `'table'`, name: 'r.name' },
    column: { key: 'a.key', quoted: 'a.quoted' },
    from: 'r join a on a.attacl is not null',
  }),
];

export const COMMENT = commentFacet(
  `'comment'`,
  `r.word || ' ' || r.name`,
  `obj_description(r.oid, 'pg_class')`,
  'r',
);
