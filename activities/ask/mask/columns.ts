import { withCatalogueSettings } from '../../../warehouses/postgres/catalogue-settings';
import { columnKey, type ColumnKey } from '../../../lineage/columns/flow';
import { queryLineage } from '../../../lineage/columns/query';
import { Uncertain } from '../../../lineage/columns/scope';
import { knownRelations } from '../../../capabilities/lineage/catalogue';
import type { RelationName } from '../../../schemas/change';
import { parseSql, relationsIn } from '../../../sql/parse';
import type { ReadSession } from '../../../warehouses/warehouse';
import { kindOf, TYPE_FACTS_SQL, type TypeFacts, type ValueKind } from './kinds';
import { tells, whySensitive, type Declared, type SensitiveWhy } from './sensitive';

/** A column as masking sees it. */
export interface MaskedColumn {
  name: string;
  /** As `format_type` spells it. */
  type: string;
  kind: ValueKind;
  notNull: boolean;
  sensitive: SensitiveWhy | undefined;
}

export interface MaskedRelation {
  relation: RelationName;
  oid: string;
  relkind: string;
  /** By the statistics; unknown where there are none. */
  rows: number | undefined;
  columns: MaskedColumn[];
}

/** What is known of columns beyond the database itself. */
export interface Inherited {
  /** Before relations are looked at. */
  before(relations: readonly RelationName[]): Promise<void>;
  isInherited(relation: RelationName, column: string): boolean;
}

const NOTHING_KNOWN: Inherited = { before: () => Promise.resolve(), isInherited: () => false };

interface Row {
  relation: RelationName;
  oid: string;
  relkind: string;
  rows: number;
  definition: string | null;
  /** What it is a partition or an heir of. */
  parents: RelationName[] | null;
  columns: { name: string; type: string; facts: TypeFacts; notNull: boolean; comment: string | null }[];
}

/** Views over views, at most; what lies deeper hides all its columns. */
const DEEPEST = 16;

/**
 * The columns of relations, and which of them are hidden. A view's column is hidden, too, when it is made of a hidden
 * one; where that cannot be told, and the view reads one at all, all of its columns are.
 */
export async function maskedRelations(
  session: ReadSession,
  names: readonly RelationName[],
  declared: Declared,
  inherited: Inherited = NOTHING_KNOWN,
): Promise<Map<RelationName, MaskedRelation>> {
  const known = new Map<RelationName, MaskedRelation>();
  await load({ session, declared, inherited, known }, names, 0);
  return new Map([...known].filter(([name]) => names.includes(name)));
}

interface Loading {
  session: ReadSession;
  declared: Declared;
  inherited: Inherited;
  known: Map<RelationName, MaskedRelation>;
}

async function load(loading: Loading, names: readonly RelationName[], depth: number): Promise<void> {
  const { session, declared, inherited, known } = loading;
  const wanted = names.filter((name) => !known.has(name));
  if (wanted.length === 0) return;
  await inherited.before(wanted);
  const rows = await withCatalogueSettings(session, () => session.query<Row>(RELATIONS_SQL, [wanted]));
  for (const row of rows) {
    const { relation, oid, relkind } = row;
    const columns = row.columns.map(({ name, type, facts, notNull, comment }): MaskedColumn => ({
      ...{ name, type, notNull, kind: kindOf(facts) },
      sensitive:
        [relation, ...(row.parents ?? [])]
          .map((each) => whySensitive({ relation: each, column: name, comment }, declared))
          .find((why) => why !== undefined) ??
        (tells(ownType(type)) ? 'name' : undefined) ??
        (inherited.isInherited(relation, name) ? 'derived' : undefined),
    }));
    known.set(relation, { relation, oid, relkind, rows: row.rows < 0 ? undefined : row.rows, columns });
  }
  for (const row of rows) {
    if (row.definition !== null) await followView(loading, row, depth);
  }
}

/** The name of a type, which may tell what is in it, too: a domain `crm.email`, a composite `address`. */
const ownType = (type: string): string =>
  type
    .replace(/\(.*$|\[\].*$/, '')
    .split('.')
    .at(-1)!;

async function followView(loading: Loading, row: Row, depth: number): Promise<void> {
  const { session, known } = loading;
  const view = known.get(row.relation)!;
  const hide = (column: MaskedColumn): void => void (column.sensitive ??= 'derived');
  const [statement] = depth < DEEPEST ? await parseSql(row.definition!) : [];
  if (statement?.kind !== 'SelectStmt') return view.columns.forEach(hide);
  const named = relationsIn(statement);
  await load(loading, named.reads, depth + 1);
  const hidden = new Set<ColumnKey>();
  for (const name of named.reads) {
    const base = known.get(name);
    // A relation that cannot be looked at (or a system one) might hold anything.
    if (!base) return view.columns.forEach(hide);
    for (const column of base.columns) if (column.sensitive) hidden.add(columnKey(name, column.name));
  }
  if (hidden.size === 0) return;
  try {
    const flows = queryLineage(statement.node, await knownRelations(session, named.reads, named.functions));
    if (flows.columns.length !== view.columns.length) throw new Uncertain('other columns than the view has');
    flows.columns.forEach(({ flow }, at) => {
      const keys = [...flow.direct.keys(), ...flow.indirect.keys()];
      if (keys.some((key) => hidden.has(key))) hide(view.columns[at]!);
    });
  } catch (cause) {
    if (!(cause instanceof Uncertain)) throw cause;
    view.columns.forEach(hide);
  }
}

const RELATIONS_SQL = `
  select n.nspname || '.' || c.relname as relation, c.oid::text as oid, c.relkind::text as relkind,
         c.reltuples::float8 as rows,
         (with recursive above(oid) as (
            select i.inhparent from pg_inherits i where i.inhrelid = c.oid
            union select i.inhparent from above a join pg_inherits i on i.inhrelid = a.oid)
          select jsonb_agg(pn.nspname || '.' || p.relname)
            from above a join pg_class p on p.oid = a.oid join pg_namespace pn on pn.oid = p.relnamespace) as parents,
         case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
         (select jsonb_agg(jsonb_build_object(
                   'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                   'facts', ${TYPE_FACTS_SQL('a.atttypid')}, 'notNull', a.attnotnull,
                   'comment', left(coalesce(col_description(c.oid, a.attnum), ''), 1000)) order by a.attnum)
            from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname || '.' || c.relname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
     and exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)`;
