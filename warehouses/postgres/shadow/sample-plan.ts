import { storedName } from '../../../sql/quote';
import type { ClientBase } from 'pg';
import type { RelationName } from '../../../schemas/change';
import type { NewKey, ReadSession, SampleNeeds } from '../../warehouse';
import { INCOMING_KEYS_SQL, NEW_KEY_SQL, type IncomingKey } from './keys';

/** A table that may be copied, as the live catalogue has it. */
export interface LiveTable {
  relation: RelationName;
  /** Without what inherits from it; a partitioned table has no rows but its partitions'. */
  only: boolean;
  columns: string[];
  /** By the live database's statistics; -1: never analysed. */
  estimatedRows: number;
  pages: number;
  /** Row security binds the reader: no rows are copied, as a part of them would pass for a sample of all. */
  hidden: boolean;
  readable: boolean;
  /** It has a key by which a row that is there already is told from one that is not. */
  keyed: boolean;
}

export interface ForeignKey {
  child: RelationName;
  parent: RelationName;
  /** In step: `childColumns[i]` refers to `parentColumns[i]`, a column of type `types[i]`. */
  childColumns: string[];
  parentColumns: string[];
  types: string[];
  /** Those of the child's columns that may be NULL. */
  nullable: string[];
}

export interface SamplePlan {
  /** What was asked for, resolved to tables: views to what they read, partitions to their root. */
  asked: RelationName[];
  /** Tables that are there at all, may they be read or not. */
  live: Set<RelationName>;
  /** Materialised views that were asked for, in an order in which they can be refreshed. */
  refresh: RelationName[];
  /** The asked tables and every table that these refer to, near or far. */
  tables: Map<RelationName, LiveTable>;
  foreignKeys: ForeignKey[];
  /** By which rows of other tables hang on those that a change touches, near or far. */
  incoming: IncomingKey[];
  /** Sequences that fill columns of the asked tables. */
  sequences: RelationName[];
  gaps: string[];
}

/** Follows views to what they read, partitions to their roots, parents to their children; $1: names. */
const RESOLVE_SQL = `
  with recursive found as (
    select c.oid, c.relkind, 0 as depth from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${storedName('n.nspname', 'c.relname')} = any($1)
    union
    select next.oid, next.relkind, found.depth + 1 from found
      join lateral (
        select d.refobjid as oid from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
          and d.refclassid = 'pg_class'::regclass and d.refobjid <> found.oid
        where r.ev_class = found.oid and found.relkind in ('v', 'm')
        union all
        select pg_partition_root(found.oid) from pg_class self where self.oid = found.oid and self.relispartition
        union all
        select i.inhrelid from pg_inherits i where i.inhparent = found.oid and found.relkind = 'r'
      ) step on true
      join pg_class next on next.oid = step.oid
    where found.depth < 100),
  named as (
    select found.oid, found.relkind, max(found.depth) as depth, ${storedName('n.nspname', 'c.relname')} as relation, c.relispartition
    from found join pg_class c on c.oid = found.oid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sluice')
    group by 1, 2, 4, 5)
  select relation, relkind, relispartition as partition from named order by depth desc, relation collate "C"`;

/** Foreign keys from the tables $1, and from the tables that those refer to, and so on. */
const FOREIGN_KEYS_SQL = `
  with recursive reached as (
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${storedName('n.nspname', 'c.relname')} = any($1)
    union
    select k.confrelid from reached join pg_constraint k on k.conrelid = reached.oid and k.contype = 'f')
  select ${storedName('cn.nspname', 'c.relname')} as child, ${storedName('pn.nspname', 'p.relname')} as parent,
    (select array_agg(a.attname order by o) from unnest(k.conkey) with ordinality as u (n, o)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n) as "childColumns",
    (select array_agg(a.attname order by o) from unnest(k.confkey) with ordinality as u (n, o)
      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n) as "parentColumns",
    (select array_agg(format_type(a.atttypid, null) order by o) from unnest(k.confkey) with ordinality as u (n, o)
      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n) as types,
    array(select a.attname from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any(k.conkey)
      and not a.attnotnull and a.attgenerated = '' order by a.attnum) as nullable
  from reached join pg_constraint k on k.conrelid = reached.oid and k.contype = 'f' and k.conparentid = 0 and k.convalidated
    join pg_class c on c.oid = k.conrelid join pg_namespace cn on cn.oid = c.relnamespace
    join pg_class p on p.oid = k.confrelid join pg_namespace pn on pn.oid = p.relnamespace
  where to_jsonb(k) ->> 'conenforced' is distinct from 'false'
    -- Temporal keys refer to periods, not to rows.
    and to_jsonb(k) ->> 'conperiod' is distinct from 'true'
  order by cn.nspname collate "C", c.relname collate "C", k.conname collate "C"`;

const TABLES_SQL = `
  select ${storedName('n.nspname', 'c.relname')} as relation, c.relkind = 'r' as only, c.reltuples::float8 as "estimatedRows", c.relpages as pages,
    row_security_active(c.oid) as hidden,
    has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT') as readable,
    exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indimmediate and i.indisvalid
      and i.indpred is null and not exists (select from unnest(i.indkey::int2[]) num
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = num where a.attnotnull is not true)) as keyed,
    array(select attname from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
          and attgenerated = '' order by attnum)::text[] as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and ${storedName('n.nspname', 'c.relname')} = any($1)`;

const SEQUENCES_SQL = `
  select distinct ${storedName('sn.nspname', 's.relname')} as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid > 0
    left join pg_depend uses on d.classid = 'pg_attrdef'::regclass and uses.classid = d.classid and uses.objid = d.objid
      and uses.refclassid = 'pg_class'::regclass
    join pg_class s on s.relkind = 'S' and s.oid in (d.objid, uses.refobjid)
    join pg_namespace sn on sn.oid = s.relnamespace
  where ${storedName('n.nspname', 'c.relname')} = any($1) order by 1`;

/** Looks at the live database for what copying `relations` means. Reads the catalogue only. */
export async function planSample(
  live: ReadSession,
  relations: readonly RelationName[],
  { touches = [], keys = [] }: SampleNeeds = {},
): Promise<SamplePlan> {
  const found = await live.query<{ relation: string; relkind: string; partition: boolean }>(RESOLVE_SQL, [
    relations,
  ]);
  const asked = found
    .filter(({ relkind, partition }) => 'rp'.includes(relkind) && !partition)
    .map((row) => row.relation);
  const held = touches.filter((touch) => touch.refersTo !== undefined).map(({ relation }) => relation);
  const incoming = held.length === 0 ? [] : await live.query<IncomingKey>(INCOMING_KEYS_SQL, [held]);
  const starts = [
    ...new Set([...asked, ...touches.map((touch) => touch.relation), ...incoming.map(({ child }) => child)]),
  ];
  const foreignKeys = [
    ...(await live.query<ForeignKey>(FOREIGN_KEYS_SQL, [[...starts, ...keys.map(({ parent }) => parent)]])),
    ...(await newKeys(live, keys)),
  ];
  const wanted = [...new Set([...starts, ...foreignKeys.map(({ parent }) => parent)])];
  const tables = await live.query<LiveTable>(TABLES_SQL, [wanted]);
  const usable = tables.filter(({ readable, hidden }) => readable && !hidden);
  return {
    asked,
    live: new Set(tables.map(({ relation }) => relation)),
    refresh: found.filter(({ relkind }) => relkind === 'm').map((row) => row.relation),
    tables: new Map(usable.map((table) => [table.relation, table])),
    foreignKeys,
    incoming,
    sequences: (await live.query<{ name: string }>(SEQUENCES_SQL, [asked])).map(({ name }) => name),
    gaps: [
      ...found
        .filter(({ relkind }) => relkind === 'f')
        .map(({ relation }) => `${relation} is a foreign table: no rows of it`),
      ...tables
        .filter(({ readable }) => !readable)
        .map(({ relation }) => `${relation} may not be read: no rows of it`),
      ...tables
        .filter(({ readable, hidden }) => readable && hidden)
        .map(({ relation }) => `${relation} has row security that binds the role that reads: no rows of it`),
    ],
  };
}

async function newKeys(live: ReadSession, keys: readonly NewKey[]): Promise<ForeignKey[]> {
  const found: ForeignKey[] = [];
  for (const { child, parent, childColumns, parentColumns } of keys) {
    const rows = await live.query<ForeignKey>(NEW_KEY_SQL, [child, parent, childColumns, parentColumns]);
    found.push(...rows);
  }
  return found;
}

const THERE_SQL = `
  select ${storedName('n.nspname', 'c.relname')} as relation, c.relkind,
    array(select attname from pg_catalog.pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped)::text[] as columns
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm') and ${storedName('n.nspname', 'c.relname')} = any($1)`;

/** The plan without what the shadow lacks, or what an earlier step of the rehearsal has taken away. */
export async function onlyWhatIsThere(shadow: ClientBase, plan: SamplePlan): Promise<SamplePlan> {
  const parents = plan.foreignKeys.map(({ parent }) => parent);
  const names = [...plan.tables.keys(), ...plan.refresh, ...parents];
  const { rows } = await shadow.query<{ relation: string; relkind: string; columns: string[] }>(THERE_SQL, [
    names,
  ]);
  const there = new Map(rows.map((row) => [row.relation, row]));
  const tables = new Map<RelationName, LiveTable>();
  for (const table of plan.tables.values()) {
    const found = there.get(table.relation);
    if (!found || found.relkind === 'm') continue;
    const columns = table.columns.filter((column) => found.columns.includes(column));
    if (columns.length > 0) tables.set(table.relation, { ...table, columns });
  }
  const lost = plan.asked.filter((relation) => plan.tables.has(relation) && !tables.has(relation));
  return {
    ...plan,
    tables,
    asked: plan.asked.filter((relation) => tables.has(relation)),
    refresh: plan.refresh.filter((relation) => there.get(relation)?.relkind === 'm'),
    foreignKeys: plan.foreignKeys.filter(({ child, parent }) => tables.has(child) && there.has(parent)),
    incoming: plan.incoming.filter(({ child, parent }) => tables.has(child) && there.has(parent)),
    gaps: [...plan.gaps, ...lost.map((relation) => `${relation} is not in the shadow: no rows of it`)],
  };
}
