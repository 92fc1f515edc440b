import type { RelationName } from '../../../schemas/change';
import { quoteRelation, splitRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';

export interface Relation {
  oid: string;
  name: RelationName;
  /** pg_class.relkind. */
  kind: string;
  owner: string;
  /** Tables that inherit from it, apart from partitions. */
  heirs: RelationName[];
  /** The partitioned tables above it, the nearest first; empty for what is no partition. */
  above: RelationName[];
  /** It inherits from tables, of which it is no partition. */
  inherits: boolean;
  /** Partitions of it that are foreign tables: their rows are somewhere else. */
  foreign: RelationName[];
  hasRules: boolean;
  /** The extension it belongs to. */
  extension: string | null;
  /** Live rows by the statistics; 0 where there are none. */
  rows: number;
  /** With indexes and TOAST. */
  bytes: number;
}

const NAME = (alias: string): string =>
  `(select nspname || '.' || ${alias}.relname from pg_namespace where oid = ${alias}.relnamespace)`;

/**
 * What follows FROM, UPDATE or LOCK TABLE to mean the rows of a table and nothing else: a partitioned table has none but
 * those of its partitions, any other table is taken without what inherits from it.
 */
export const rowsOf = ({ name, kind }: Pick<Relation, 'name' | 'kind'>): string =>
  kind === 'p' ? quoteRelation(name) : `only ${quoteRelation(name)}`;

/** The relation of that name, whatever its kind; undefined when there is none. */
export async function findRelation(session: ReadSession, name: RelationName): Promise<Relation | undefined> {
  const { schema, name: relname } = splitRelation(name);
  const [row] = await session.query<
    Omit<Relation, 'name' | 'rows' | 'bytes'> & { rows: string; bytes: string }
  >(
    `select c.oid::text as oid, c.relkind::text as kind, pg_get_userbyid(c.relowner)::text as owner,
       case when c.relkind = 'p' then '{}' else array(select ${NAME('h')} from pg_inherits i
         join pg_class h on h.oid = i.inhrelid where i.inhparent = c.oid and c.relkind = 'r' order by 1) end as heirs,
       case when c.relispartition then array(select ${NAME('h')} from pg_partition_ancestors(c.oid)
         with ordinality up (oid, place) join pg_class h on h.oid = up.oid where up.oid <> c.oid order by up.place)
         else '{}' end as above,
       not c.relispartition and c.relkind = 'r' and exists (
         select from pg_inherits i where i.inhrelid = c.oid) as inherits,
       case when c.relkind = 'p' then array(select ${NAME('h')} from pg_partition_tree(c.oid) t
         join pg_class h on h.oid = t.relid where h.relkind = 'f' order by 1) else '{}' end as foreign,
       exists (select from pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN') as "hasRules",
       (select e.extname::text from pg_depend d join pg_extension e on e.oid = d.refobjid
         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as extension,
       case when c.relkind = 'p' then (select coalesce(sum(greatest(h.reltuples, 0)), 0)
           from pg_partition_tree(c.oid) t join pg_class h on h.oid = t.relid where t.isleaf)
         else greatest(c.reltuples, 0) end::bigint as rows,
       case when c.relkind in ('r', 'm') then pg_total_relation_size(c.oid)
         when c.relkind = 'p' then (select coalesce(sum(pg_total_relation_size(t.relid)), 0)
           from pg_partition_tree(c.oid) t where t.isleaf)
         else 0 end as bytes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2`,
    [schema, relname],
  );
  return row && { ...row, name, rows: Number(row.rows), bytes: Number(row.bytes) };
}

/** Names of the live columns, in order. */
export async function columnNames(session: ReadSession, oid: string): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select attname::text as name from pg_attribute
      where attrelid = $1::oid and attnum > 0 and not attisdropped order by attnum`,
    [oid],
  );
  return rows.map(({ name }) => name);
}

/** The table that an index belongs to. */
export async function tableOfIndex(
  session: ReadSession,
  index: RelationName,
): Promise<RelationName | undefined> {
  const [row] = await session.query<{ name: string }>(
    `select tn.nspname || '.' || t.relname as name from pg_index i
       join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_class t on t.oid = i.indrelid join pg_namespace tn on tn.oid = t.relnamespace
      where n.nspname || '.' || c.relname = $1`,
    [index],
  );
  return row?.name;
}

/** A table and, where it is partitioned, all its partitions: itself first, each before its own partitions. */
export async function membersOf(
  session: ReadSession,
  oid: string,
): Promise<{ oid: string; name: RelationName; table: string; leaf: boolean }[]> {
  return session.query(
    `select c.oid::text as oid, n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as table,
       c.relkind <> 'p' as leaf
     from (select relid, level from pg_partition_tree($1::oid) union select $1::oid, 0) t
       join pg_class c on c.oid = t.relid join pg_namespace n on n.oid = c.relnamespace
     order by t.level, 2`,
    [oid],
  );
}

/**
 * Whether writing these columns may move a row of a partitioned table to a partition whose columns stand in another order
 * than in the one it comes from.
 */
export async function movesAcrossLayouts(
  session: ReadSession,
  oid: string,
  written: ReadonlySet<string>,
): Promise<boolean> {
  const [row] = await session.query<{ keys: string[]; expressions: boolean; layouts: number }>(
    `with member as (select relid from pg_partition_tree($1::oid)),
       layout as (select array_agg(attname order by attnum) filter (where not attisdropped) as names,
                         array_agg(attnum order by attnum) filter (where not attisdropped) as nums
                    from pg_attribute where attrelid in (select relid from member) and attnum > 0 group by attrelid)
     select (select count(distinct (names, nums)) from layout)::int as layouts,
       array(select distinct a.attname::text from pg_partitioned_table t join pg_attribute a on a.attrelid = t.partrelid
              and a.attnum = any(t.partattrs) where t.partrelid in (select relid from member)) as keys,
       coalesce((select bool_or(t.partexprs is not null) from pg_partitioned_table t
                  where t.partrelid in (select relid from member)), false) as expressions`,
    [oid],
  );
  return row!.layouts > 1 && (row!.expressions || row!.keys.some((key) => written.has(key)));
}
