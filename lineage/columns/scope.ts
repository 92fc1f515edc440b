import type { RelationName } from '../../schemas/change';
import type { Tree } from '../../sql/walk';
import { merge, through, type ColumnKey, type Flow } from './flow';

/** The analysis is not sure: nothing is said rather than something wrong. */
export class Uncertain extends Error {}

/** What is known of the database. */
export interface Catalogue {
  /** Columns of tables and views, in order. */
  relations: ReadonlyMap<RelationName, readonly string[]>;
  /** Names of functions that aggregate, and of those that give several rows. */
  aggregates: ReadonlySet<string>;
  setReturning: ReadonlySet<string>;
}

export interface Column {
  /** Absent: it has none that is known, so it cannot be referred to. */
  name?: string;
  flow: Flow;
  /** Of a relation itself. */
  base?: ColumnKey;
}

/** What a query gives. */
export interface Rows {
  columns: Column[];
  /** What decides which rows there are. */
  dataset: Flow;
}

/** Something that columns can be referred to in; PostgreSQL's ParseNamespaceItem. */
export interface Item {
  name?: string;
  schema?: string;
  columns: Column[];
  /** `column` finds it, and `*`. */
  bare: boolean;
  /** `name.column` finds it. */
  qualified: boolean;
}

export interface Scope {
  items: Item[];
  ctes: ReadonlyMap<string, Rows>;
  outer?: Scope;
  /** Of set-returning functions among the columns: they decide how many rows there are. */
  multiplying: Flow[];
}

/** The parts of the analysis, each of which needs the others. */
export interface Analysis {
  readonly catalogue: Catalogue;
  /** Every column of a relation that is referred to anywhere. */
  readonly touched: Set<ColumnKey>;
  query(select: Tree, outer: Scope): Rows;
  expression(node: unknown, scope: Scope): Flow;
}

export const emptyScope = (outer?: Scope): Scope => ({
  items: [],
  ctes: outer?.ctes ?? new Map(),
  ...(outer ? { outer } : {}),
  multiplying: [],
});

/** Referring to a column: what it depends on. */
export function use(analysis: Analysis, column: Column): Flow {
  if (column.base !== undefined) analysis.touched.add(column.base);
  return column.flow;
}

/** All columns of an item as one value. */
export function wholeRow(analysis: Analysis, item: Item): Flow {
  return through(merge(...item.columns.map((column) => use(analysis, column))), 'TRANSFORMATION');
}

/** The column of that name at this level alone; `undefined` when there is none. */
export function bareColumn(scope: Scope, name: string): Column | undefined {
  const found = scope.items
    .filter((item) => item.bare)
    .flatMap((item) => item.columns.filter((column) => column.name === name));
  if (found.length > 1) throw new Uncertain(`the column "${name}" is ambiguous`);
  return found[0];
}

/** The nearest item that a qualifier names. Throws {@link Uncertain}. */
export function qualifiedItem(scope: Scope, name: string, schema?: string): Item {
  for (let level: Scope | undefined = scope; level; level = level.outer) {
    const found = level.items.filter(
      (item) => item.qualified && item.name === name && (schema === undefined || item.schema === schema),
    );
    if (found.length > 1) throw new Uncertain(`the table "${name}" is ambiguous`);
    if (found[0]) return found[0];
  }
  throw new Uncertain(`"${name}" is not a table of the query`);
}

/** What a column reference of one to three names means. Throws {@link Uncertain}. */
export function resolve(analysis: Analysis, scope: Scope, path: readonly string[]): Flow {
  const name = path.at(-1)!;
  if (path.length === 1) {
    for (let level: Scope | undefined = scope; level; level = level.outer) {
      const column = bareColumn(level, name);
      if (column) return use(analysis, column);
    }
    // A table's name alone is its whole row.
    return wholeRow(analysis, qualifiedItem(scope, name));
  }
  if (path.length > 3) throw new Uncertain(`"${path.join('.')}" names a database`);
  const item = path.length === 2 ? qualifiedItem(scope, path[0]!) : qualifiedItem(scope, path[1]!, path[0]);
  const columns = item.columns.filter((column) => column.name === name);
  if (columns.length !== 1) throw new Uncertain(`"${path.join('.')}" is not one column`);
  return use(analysis, columns[0]!);
}
