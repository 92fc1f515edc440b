import type { RelationName } from '../../../schemas/change';
import { splitRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';

export interface Relation {
  oid: string;
  name: RelationName;
  /** pg_class.relkind. */
  kind: string;
  owner: string;
  /** It is a partition, has partitions, or inherits or is inherited from. */
  inherits: boolean;
  hasRules: boolean;
  /** The extension it belongs to. */
  extension: string | null;
  /** Live rows by the statistics; 0 where there are none. */
  rows: number;
  /** With indexes and TOAST. */
  bytes: number;
}

/** The relation of that name, whatever its kind; undefined when there is none. */
export async function findRelation(session: ReadSession, name: RelationName): Promise<Relation | undefined> {
  const { schema, name: relname } = splitRelation(name);
  const [row] = await session.query<
    Omit<Relation, 'name' | 'rows' | 'bytes'> & { rows: string; bytes: string }
  >(
    `select c.oid::text as oid, c.relkind::text as kind, pg_get_userbyid(c.relowner)::text as owner,
       c.relkind = 'p' or c.relispartition or exists (
         select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent)) as inherits,
       exists (select from pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN') as "hasRules",
       (select e.extname::text from pg_depend d join pg_extension e on e.oid = d.refobjid
         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as extension,
       greatest(c.reltuples, 0)::bigint as rows,
       case when c.relkind in ('r', 'm') then pg_total_relation_size(c.oid) else 0 end as bytes
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
