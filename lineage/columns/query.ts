import { child, children, isTree, names, numberOf, tagged, textOf, type Tree } from '../../sql/walk';
import { expression, namedWindows, sortNodes } from './expression';
import { decidedBy, merge, NOTHING, sameFlow, type ColumnKey, type Flow } from './flow';
import { fromItem } from './from';
import { figureName } from './names';
import {
  bareColumn,
  type Analysis,
  type Catalogue,
  type Column,
  emptyScope,
  qualifiedItem,
  type Rows,
  type Scope,
  Uncertain,
  use,
} from './scope';

export interface QueryLineage extends Rows {
  /** Every column that the query refers to, whether or not it comes to anything: what the server depends on. */
  touched: ReadonlySet<ColumnKey>;
}

/** Where the columns of a SELECT come from. Throws {@link Uncertain}, never a guess. */
export function queryLineage(select: Tree, catalogue: Catalogue): QueryLineage {
  const analysis = createAnalysis(catalogue);
  const rows = analysis.query(select, emptyScope());
  return { ...rows, touched: analysis.touched };
}

export function createAnalysis(catalogue: Catalogue): Analysis {
  const analysis: Analysis = {
    catalogue,
    touched: new Set(),
    query: (select, outer) => query(analysis, select, outer),
    expression: (node, scope) => expression(analysis, node, scope),
  };
  return analysis;
}

function query(analysis: Analysis, select: Tree, outer: Scope): Rows {
  const scope: Scope = { ...emptyScope(outer), outer };
  scope.ctes = withClause(analysis, child(select, 'withClause'), scope);
  const operation = textOf(select, 'op') ?? 'SETOP_NONE';
  if (operation !== 'SETOP_NONE') return setOperation(analysis, select, operation, scope);
  const lists = children(select, 'valuesLists');
  return lists.length > 0 ? values(analysis, select, lists, scope) : plain(analysis, select, scope);
}

function plain(analysis: Analysis, select: Tree, scope: Scope): Rows {
  if (select['intoClause']) throw new Uncertain('SELECT INTO is not understood');
  let dataset: Flow = NOTHING;
  for (const node of children(select, 'fromClause')) {
    const from = fromItem(analysis, node, scope);
    scope.items.push(...from.items);
    dataset = merge(dataset, from.dataset);
  }
  const of = (node: unknown): Flow => expression(analysis, node, scope);
  const filter = decidedBy(merge(of(select['whereClause']), of(select['havingClause'])), 'FILTER');
  const columns = targets(analysis, children(select, 'targetList'), scope);
  const multiplied = decidedBy(merge(...scope.multiplying), 'JOIN');
  const windows = namedWindows(analysis, children(select, 'windowClause'), scope);
  const group = decidedBy(grouped(analysis, select, columns, scope), 'GROUP_BY');
  const distinct = decidedBy(distinctOf(analysis, select, columns, scope), 'GROUP_BY');
  const ends = ordered(analysis, select, columns, scope);
  // Which of its windows a query uses is not looked into: they decide about all of its columns.
  const windowed = decidedBy(windows, 'WINDOW');
  return { columns, dataset: merge(dataset, filter, multiplied, windowed, group, distinct, ends) };
}

function targets(analysis: Analysis, list: readonly Tree[], scope: Scope): Column[] {
  return list.flatMap((node): Column[] => {
    const target = child(node, 'ResTarget') ?? {};
    const value = target['val'] as Tree;
    const [tag, inner] = tagged(value);
    if (tag === 'ColumnRef') {
      const fields = children(inner, 'fields');
      if ('A_Star' in (fields.at(-1) ?? {})) return starred(analysis, names(fields.slice(0, -1)), scope);
    }
    if (tag === 'A_Indirection' && children(inner, 'indirection').some((part) => 'A_Star' in part)) {
      throw new Uncertain('a row that is taken apart with .* is not understood');
    }
    return [{ name: textOf(target, 'name') ?? figureName(value), flow: expression(analysis, value, scope) }];
  });
}

function starred(analysis: Analysis, path: readonly string[], scope: Scope): Column[] {
  if (path.length > 2) throw new Uncertain(`"${path.join('.')}.*" names a database`);
  const items =
    path.length === 0
      ? scope.items.filter((item) => item.bare)
      : [qualifiedItem(scope, path.at(-1)!, path.length === 2 ? path[0] : undefined)];
  return items
    .flatMap((item) => item.columns)
    .map((column) => ({ name: column.name, flow: use(analysis, column) }));
}

/** GROUP BY: a column of the tables comes before one of the result; a number is a place in the result. */
function grouped(analysis: Analysis, select: Tree, columns: readonly Column[], scope: Scope): Flow {
  const one = (node: Tree): Flow => {
    const set = child(node, 'GroupingSet');
    if (set) return merge(...children(set, 'content').map(one));
    const name = simpleName(node);
    if (name !== undefined && !bareColumn(scope, name)) {
      const named = columns.filter((column) => column.name === name);
      if (named.length > 0) return merge(...named.map((column) => column.flow));
    }
    return ordinal(node, columns) ?? expression(analysis, node, scope);
  };
  return merge(...children(select, 'groupClause').map(one));
}

/** ORDER BY and DISTINCT ON: a column of the result comes first. */
function ofResult(analysis: Analysis, node: unknown, columns: readonly Column[], scope: Scope): Flow {
  const name = simpleName(node as Tree);
  const named = name === undefined ? [] : columns.filter((column) => column.name === name);
  if (named.length > 0) return merge(...named.map((column) => column.flow));
  return ordinal(node as Tree, columns) ?? expression(analysis, node, scope);
}

function distinctOf(analysis: Analysis, select: Tree, columns: readonly Column[], scope: Scope): Flow {
  const clause = select['distinctClause'];
  if (!Array.isArray(clause)) return NOTHING;
  const on = clause.filter((node) => isTree(node) && Object.keys(node).length > 0);
  if (on.length === 0) return merge(...columns.map((column) => column.flow));
  return merge(...on.map((node) => ofResult(analysis, node, columns, scope)));
}

function ordered(analysis: Analysis, select: Tree, columns: readonly Column[], scope: Scope): Flow {
  const order = sortNodes(select['sortClause']).map((node) => ofResult(analysis, node, columns, scope));
  const limits = [select['limitCount'], select['limitOffset']].map((node) =>
    expression(analysis, node, scope),
  );
  return merge(decidedBy(merge(...order), 'SORT'), decidedBy(merge(...limits), 'FILTER'));
}

function simpleName(node: Tree): string | undefined {
  const fields = children(child(node, 'ColumnRef'), 'fields');
  return fields.length === 1 && 'String' in fields[0]! ? names(fields)[0] : undefined;
}

function ordinal(node: Tree, columns: readonly Column[]): Flow | undefined {
  const integer = child(child(node, 'A_Const'), 'ival');
  if (!integer) return undefined;
  const column = columns[(numberOf(integer, 'ival') ?? 0) - 1];
  if (!column) throw new Uncertain('a number names no column');
  return column.flow;
}

function values(analysis: Analysis, select: Tree, lists: readonly Tree[], scope: Scope): Rows {
  const rows = lists.map((list) =>
    children(child(list, 'List'), 'items').map((item) => expression(analysis, item, scope)),
  );
  const columns = rows[0]!.map((_, at): Column => ({
    name: `column${at + 1}`,
    flow: merge(...rows.map((row) => row[at] ?? NOTHING)),
  }));
  return { columns, dataset: ordered(analysis, select, columns, scope) };
}

function setOperation(analysis: Analysis, select: Tree, operation: string, scope: Scope): Rows {
  const left = analysis.query(select['larg'] as Tree, scope);
  const right = analysis.query(select['rarg'] as Tree, scope);
  const rows = combined(left, right, operation, select['all'] === true);
  return { ...rows, dataset: merge(rows.dataset, ordered(analysis, select, rows.columns, scope)) };
}

function combined(left: Rows, right: Rows, operation: string, all: boolean): Rows {
  if (left.columns.length !== right.columns.length) throw new Uncertain('a set operation has uneven arms');
  const union = operation === 'SETOP_UNION';
  const columns = left.columns.map(({ name, flow }, at): Column => ({
    name,
    flow: union ? merge(flow, right.columns[at]!.flow) : flow,
  }));
  const compared = merge(...[...left.columns, ...right.columns].map((column) => column.flow));
  const how = union ? (all ? NOTHING : decidedBy(compared, 'GROUP_BY')) : decidedBy(compared, 'FILTER');
  return { columns, dataset: merge(left.dataset, right.dataset, how) };
}

function withClause(analysis: Analysis, clause: Tree | undefined, scope: Scope): ReadonlyMap<string, Rows> {
  const known = new Map(scope.ctes);
  for (const node of children(clause, 'ctes')) {
    const cte = child(node, 'CommonTableExpr') ?? {};
    const name = textOf(cte, 'ctename') ?? '';
    const select = child(child(cte, 'ctequery'), 'SelectStmt');
    if (!select) throw new Uncertain(`WITH ${name} does not only read`);
    if (cte['search_clause'] ?? cte['cycle_clause'])
      throw new Uncertain('SEARCH and CYCLE are not understood');
    const aliases = names(children(cte, 'aliascolnames'));
    const named = (rows: Rows): Rows => ({
      ...rows,
      columns: rows.columns.map((column, at): Column => ({
        name: aliases[at] ?? column.name,
        flow: column.flow,
      })),
    });
    const inner = (self?: Rows): Scope => ({
      ...emptyScope(scope.outer),
      ctes: self ? new Map([...known, [name, self]]) : new Map(known),
    });
    const recursive = clause?.['recursive'] === true && textOf(select, 'op') === 'SETOP_UNION';
    known.set(
      name,
      recursive ? fixpoint(analysis, select, inner, named) : named(analysis.query(select, inner())),
    );
  }
  return known;
}

/** A recursive WITH feeds on itself: its lineage grows until it does not any more. */
function fixpoint(
  analysis: Analysis,
  select: Tree,
  inner: (self?: Rows) => Scope,
  named: (rows: Rows) => Rows,
): Rows {
  const clauses = ['withClause', 'sortClause', 'limitCount', 'limitOffset'];
  if (clauses.some((key) => select[key] !== undefined))
    throw new Uncertain('this recursive WITH is not understood');
  let self = named(analysis.query(select['larg'] as Tree, inner()));
  for (;;) {
    const right = analysis.query(select['rarg'] as Tree, inner(self));
    const next = named(combined(self, right, 'SETOP_UNION', select['all'] === true));
    const done =
      sameFlow(next.dataset, self.dataset) &&
      next.columns.every((column, at) => sameFlow(column.flow, self.columns[at]!.flow));
    if (done) return self;
    self = next;
  }
}
