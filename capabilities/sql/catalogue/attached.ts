import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';

/** In the order in which they are made; dropped in reverse. */
export const ATTACHED_KINDS = [
  'not null',
  'key',
  'index',
  'check',
  'statistics',
  'foreign key',
  'incoming foreign key',
  'policy',
  'trigger',
] as const;
export type AttachedKind = (typeof ATTACHED_KINDS)[number];

/** Something that hangs on columns of a table and is made again from its definition. */
export interface Attached {
  kind: AttachedKind;
  name: string;
  /** attnums of the table's columns that it involves. */
  columns: number[];
  definition: string;
  /** It is part of one of the table above, and comes and goes with that. */
  inherited: boolean;
  /** A NOT NULL before version 18: it is said of its column, and no constraint. `name` is not one that SQL can say. */
  unnamed?: true;
  /** The table it is on, as the definition of an index spells it. */
  on: string;
  drop: string;
  create: string[];
}

interface Row {
  kind: AttachedKind;
  name: string;
  columns: number[];
  /** Absent: of a NOT NULL that is no constraint. */
  definition: string | null;
  /** Schema-qualified and quoted: the table for all but `statistics` and indexes. */
  on: string;
  qualified: string;
  comment: string | null;
  extras: string[] | null;
  inherited: boolean;
  /** Of the index of a partitioned table: statements that make those of the partitions, and make them part of it. */
  parts: string[] | null;
}

/** attnums of our table ($1) that an object depends on. */
const columnsOf = (catalogue: string, oid: string): string => `(
  select coalesce(array_agg(distinct d.refobjsubid::int), '{}') from pg_depend d
   where d.classid = '${catalogue}'::regclass and d.objid = ${oid}
     and d.refclassid = 'pg_class'::regclass and d.refobjid = $1::oid and d.refobjsubid > 0)`;

/** What an index has besides its definition. `${i}` is a row of pg_index. */
const indexExtras = (index: string): string => `(
  select array_remove(array[
      -- The definition of a constraint says nothing of how its index is stored.
      case when own.reloptions is not null then
        format('alter index %s set (%s)', own.oid::regclass, array_to_string(own.reloptions, ', ')) end,
      case when own.reltablespace <> 0 then format('alter index %s set tablespace %I', own.oid::regclass,
        (select spcname from pg_tablespace where oid = own.reltablespace)) end,
      case when x.indisclustered then format('alter table %s cluster on %I', x.indrelid::regclass, own.relname) end,
      case when x.indisreplident then
        format('alter table %s replica identity using index %I', x.indrelid::regclass, own.relname) end,
      case when obj_description(own.oid, 'pg_class') is not null then
        format('comment on index %s is %L', own.oid::regclass, obj_description(own.oid, 'pg_class')) end
    ] || array(select format('alter index %s alter column %s set statistics %s', own.oid::regclass, attnum, attstattarget)
        from pg_attribute where attrelid = own.oid and attstattarget >= 0 order by attnum), null)
    from pg_index x join pg_class own on own.oid = x.indexrelid where x.indexrelid = ${index})`;

/** Statements that make the indexes of partitions under their names and attach them, from the top down. */
const indexParts = (index: string): string => `(
  with recursive part (oid, above, depth) as (
    select inhrelid, inhparent, 1 from pg_inherits where inhparent = ${index}
    union all select i.inhrelid, i.inhparent, depth + 1 from pg_inherits i join part on part.oid = i.inhparent)
  select array_agg(statement order by depth, part.oid, place) from part
    join pg_index x on x.indexrelid = part.oid
    left join pg_constraint con on con.conindid = part.oid and con.contype in ('p', 'u', 'x')
    cross join lateral (
      select 1 as place, case when con.oid is null then pg_get_indexdef(part.oid) else format('alter table only %s add constraint %I %s',
        x.indrelid::regclass, con.conname, pg_get_constraintdef(con.oid)) end as statement
      union all select 2, format('comment on constraint %I on %s is %L', con.conname, x.indrelid::regclass,
        obj_description(con.oid, 'pg_constraint')) where obj_description(con.oid, 'pg_constraint') is not null
      union all select 3, extra from unnest(${indexExtras('part.oid')}) extra
      union all select 4, format('alter index %s attach partition %s', part.above::regclass, part.oid::regclass)) made)`;

const CONSTRAINT_KIND = `case con.contype when 'n' then 'not null' when 'c' then 'check'
  when 'f' then case when con.conrelid = $1::oid then 'foreign key' else 'incoming foreign key' end else 'key' end`;

const ATTACHED_SQL = `
  select ${CONSTRAINT_KIND} as kind, con.conname::text as name,
    ${columnsOf('pg_constraint', 'con.oid')} as columns, pg_get_constraintdef(con.oid) as definition,
    con.conrelid::regclass::text as on, quote_ident(con.conname) as qualified,
    obj_description(con.oid, 'pg_constraint') as comment,
    case when con.contype in ('p', 'u', 'x') then ${indexExtras('con.conindid')} end as extras,
    con.conparentid <> 0 or (con.coninhcount > 0 and not con.conislocal) as inherited,
    case when con.contype in ('p', 'u', 'x') then ${indexParts('con.conindid')} end as parts
  from pg_constraint con
  where (con.conrelid = $1::oid or con.confrelid = $1::oid) and con.contype in ('n', 'c', 'f', 'p', 'u', 'x')
    -- What a foreign key means for each partition of the other table is part of it.
    and not exists (select from pg_constraint up where up.oid = con.conparentid
      and case when con.conrelid = $1::oid then up.conrelid = con.conrelid else up.confrelid = con.confrelid end)
  union all
  select 'not null', a.attname || ' (not null)', array[a.attnum::int], null, a.attrelid::regclass::text, quote_ident(a.attname),
    null, null, exists (select from pg_inherits i join pg_attribute up on up.attrelid = i.inhparent and up.attname = a.attname
      where i.inhrelid = a.attrelid and up.attnotnull), null
  from pg_attribute a join pg_class t on t.oid = a.attrelid and t.relkind in ('r', 'p')
  where a.attrelid = $1::oid and a.attnum > 0 and a.attnotnull and not a.attisdropped and not exists (
    select from pg_constraint con where con.conrelid = a.attrelid and con.contype = 'n' and con.conkey[1] = a.attnum)
  union all
  select 'index', c.relname, ${columnsOf('pg_class', 'c.oid')}, pg_get_indexdef(c.oid),
    i.indrelid::regclass::text, c.oid::regclass::text, null, ${indexExtras('c.oid')},
    exists (select from pg_inherits up where up.inhrelid = c.oid), ${indexParts('c.oid')}
  from pg_index i join pg_class c on c.oid = i.indexrelid
  where i.indrelid = $1::oid and not exists (
    select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
      and d.refclassid = 'pg_constraint'::regclass and d.deptype = 'i')
  union all
  select 'statistics', s.stxname, ${columnsOf('pg_statistic_ext', 's.oid')}, pg_get_statisticsobjdef(s.oid),
    s.stxrelid::regclass::text, s.stxnamespace::regnamespace::text || '.' || quote_ident(s.stxname),
    obj_description(s.oid, 'pg_statistic_ext'),
    array_remove(array[
      format('alter statistics %s.%I owner to %I', s.stxnamespace::regnamespace, s.stxname, pg_get_userbyid(s.stxowner)),
      case when s.stxstattarget >= 0 then format('alter statistics %s.%I set statistics %s',
        s.stxnamespace::regnamespace, s.stxname, s.stxstattarget) end], null), false, null
  from pg_statistic_ext s where s.stxrelid = $1::oid
  union all
  select 'policy', p.polname, ${columnsOf('pg_policy', 'p.oid')},
    format('create policy %I on %s as %s for %s to %s%s%s', p.polname, p.polrelid::regclass,
      case when p.polpermissive then 'permissive' else 'restrictive' end,
      case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
      (select string_agg(case when member = 0 then 'public' else quote_ident(pg_get_userbyid(member)) end, ', ' order by place)
         from unnest(p.polroles) with ordinality m (member, place)),
      ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
      ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
    p.polrelid::regclass::text, quote_ident(p.polname), obj_description(p.oid, 'pg_policy'), null, false, null
  from pg_policy p where p.polrelid = $1::oid
  union all
  select 'trigger', g.tgname, ${columnsOf('pg_trigger', 'g.oid')}, pg_get_triggerdef(g.oid),
    g.tgrelid::regclass::text, quote_ident(g.tgname), obj_description(g.oid, 'pg_trigger'),
    array_remove(array[case g.tgenabled
      when 'D' then format('alter table %s disable trigger %I', g.tgrelid::regclass, g.tgname)
      when 'R' then format('alter table %s enable replica trigger %I', g.tgrelid::regclass, g.tgname)
      when 'A' then format('alter table %s enable always trigger %I', g.tgrelid::regclass, g.tgname) end], null), g.tgparentid <> 0, null
  from pg_trigger g where g.tgrelid = $1::oid and (not g.tgisinternal or g.tgparentid <> 0 and g.tgconstraint = 0)
  order by 1, 2`;

/** Everything attached to a table. Call it within `withCatalogueSettings`, so that names are written out. */
export async function attachedTo(session: ReadSession, oid: string): Promise<Attached[]> {
  const rows = await session.query<Row>(ATTACHED_SQL, [oid]);
  return inOrder(rows.map(attached));
}

/** In the order in which they can be made. */
export function inOrder(list: readonly Attached[]): Attached[] {
  return [...list].sort((a, b) => ATTACHED_KINDS.indexOf(a.kind) - ATTACHED_KINDS.indexOf(b.kind));
}

/** A constraint that rows of before need not meet. */
export const isUnvalidated = ({ definition }: Attached): boolean => /\bNOT VALID$/.test(definition);

/**
 * Constraints that rows of before need not meet (NOT VALID). Writing such a row again would check it all the same, so
 * an undo lifts them while it writes.
 */
export const unvalidated = (list: readonly Attached[]): Attached[] =>
  list.filter((each) => !each.inherited && each.kind !== 'incoming foreign key' && isUnvalidated(each));

function attached(row: Row): Attached {
  const { kind, name, columns, definition, qualified, comment, inherited } = row;
  const table = row.on;
  if (definition === null) {
    const [drop, set] = ['drop', 'set'].map(
      (how) => `alter table ${table} alter column ${qualified} ${how} not null`,
    );
    return {
      ...{ kind, name, columns, inherited, unnamed: true, on: table },
      definition: set!,
      drop: drop!,
      create: [set!],
    };
  }
  const note = (object: string): string[] =>
    comment === null ? [] : [`comment on ${object} is ${quoteLiteral(comment)}`];
  const extras = [...(row.extras ?? []), ...(row.parts ?? [])];
  switch (kind) {
    case 'index':
      return {
        kind,
        name,
        columns,
        definition,
        inherited,
        on: table,
        drop: `drop index ${qualified}`,
        create: [definition, ...extras],
      };
    case 'statistics':
      return {
        ...{ kind, name, columns, definition, inherited, on: table },
        drop: `drop statistics ${qualified}`,
        create: [definition, ...extras, ...note(`statistics ${qualified}`)],
      };
    case 'policy':
    case 'trigger':
      return {
        ...{ kind, name, columns, definition, inherited, on: table },
        drop: `drop ${kind} ${qualified} on ${table}`,
        create: [definition, ...extras, ...note(`${kind} ${qualified} on ${table}`)],
      };
    default:
      return {
        ...{ kind, name, columns, definition, inherited, on: table },
        drop: `alter table ${table} drop constraint ${quoteIdent(name)}`,
        create: [
          // The keys of partitions are made under their own names, and become part of it then.
          `alter table ${kind === 'key' && row.parts ? 'only ' : ''}${table} add constraint ${quoteIdent(name)} ${definition}`,
          ...extras,
          ...note(`constraint ${quoteIdent(name)} on ${table}`),
        ],
      };
  }
}
