import type { RelationName } from '../../schemas/change';
import type { ReadSession } from '../../warehouses/warehouse';
import type { Column } from '../query/shape';

/** What bears the model's name now. */
export interface Target {
  oid: string;
  /** pg_class.relkind. */
  relkind: string;
  columns: Column[];
  /** Bytes with indexes and TOAST. */
  bytes: number;
  comment: string | null;
}

export async function targetOf(session: ReadSession, relation: RelationName): Promise<Target | undefined> {
  const [row] = await session.query<Omit<Target, 'bytes'> & { bytes: string }>(
    `select c.oid::text as oid, c.relkind::text as relkind, pg_total_relation_size(c.oid)::text as bytes,
            obj_description(c.oid, 'pg_class') as comment,
            (select coalesce(jsonb_agg(jsonb_build_object('name', a.attname,
                      'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum), '[]')
               from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname || '.' || c.relname = $1`,
    [relation],
  );
  return row && { ...row, bytes: Number(row.bytes) };
}

export async function schemaExists(session: ReadSession, schema: string): Promise<boolean> {
  const rows = await session.query('select from pg_namespace where nspname = $1', [schema]);
  return rows.length > 0;
}

export function sameColumns(a: readonly Column[], b: readonly Column[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, type }, index) => name === b[index]!.name && type === b[index]!.type)
  );
}

/** `day date → text`, `+ carrier text`, `- hour integer`: how columns differ, for people. */
export function columnChanges(before: readonly Column[], after: readonly Column[]): string[] {
  const old = new Map(before.map(({ name, type }) => [name, type]));
  const now = new Map(after.map(({ name, type }) => [name, type]));
  const changes = [
    ...after.filter(({ name }) => !old.has(name)).map(({ name, type }) => `+ ${name} ${type}`),
    ...before.filter(({ name }) => !now.has(name)).map(({ name, type }) => `- ${name} ${type}`),
    ...after
      .filter(({ name, type }) => old.has(name) && old.get(name) !== type)
      .map(({ name, type }) => `${name} ${old.get(name)} → ${type}`),
  ];
  return changes.length === 0 && !sameColumns(before, after) ? ['the order of the columns'] : changes;
}

/** What was made on top of a relation and would fall with it: views, foreign keys, functions, … as people name them. */
export async function dependentsOf(session: ReadSession, oid: string): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `with mine(classid, objid) as (
       select 'pg_class'::regclass, $1::oid
       union all select 'pg_type'::regclass, t.oid from pg_type t where t.typrelid = $1::oid
       union all select 'pg_type'::regclass, t.typarray from pg_type t where t.typrelid = $1::oid)
     select pg_describe_object('pg_class'::regclass, w.ev_class, 0) as name
       from mine join pg_depend d on d.refclassid = mine.classid and d.refobjid = mine.objid
       join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid and w.ev_class <> $1::oid
     union
     select pg_describe_object(d.classid, d.objid, 0)
       from mine join pg_depend d on d.refclassid = mine.classid and d.refobjid = mine.objid
      where d.deptype = 'n' and d.classid <> 'pg_rewrite'::regclass
        and not (d.classid = 'pg_constraint'::regclass
                 and exists (select from pg_constraint k where k.oid = d.objid and k.conrelid = $1::oid))
     union
     select pg_describe_object('pg_class'::regclass, i.inhrelid, 0) from pg_inherits i where i.inhparent = $1::oid
     order by 1`,
    [oid],
  );
  return rows.map((row) => row.name);
}
