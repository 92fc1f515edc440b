import { relationName } from '../../sql/relations';
import { child, children, names, tagged, textOf, type Tree } from '../../sql/walk';
import { columnKey, decidedBy, merge, NOTHING, ofColumn, through, type Flow } from './flow';
import {
  bareColumn,
  type Analysis,
  type Column,
  emptyScope,
  type Item,
  type Scope,
  Uncertain,
  use,
} from './scope';

/** What one item of FROM brings into scope, and what it does to the rows. */
export interface From {
  items: Item[];
  dataset: Flow;
}

/** An item of FROM. `lateral`: where LATERAL looks, with the items to the left; `scope.outer` is where others look. */
export function fromItem(analysis: Analysis, node: Tree, lateral: Scope): From {
  const [tag, value] = tagged(node);
  switch (tag) {
    case 'RangeVar':
      return relation(analysis, value, lateral);
    case 'RangeSubselect': {
      const scope = value['lateral'] === true ? lateral : outside(lateral);
      const select = child(child(value, 'subquery'), 'SelectStmt');
      if (!select) throw new Uncertain('a subquery in FROM is not understood');
      const rows = analysis.query(select, scope);
      return { items: [aliased(rows.columns, child(value, 'alias'))], dataset: rows.dataset };
    }
    case 'RangeFunction':
      return functions(analysis, value, lateral);
    case 'RangeTableSample': {
      const from = fromItem(analysis, value['relation'] as Tree, lateral);
      return {
        ...from,
        dataset: merge(from.dataset, decidedBy(analysis.expression(value['args'], lateral), 'FILTER')),
      };
    }
    case 'JoinExpr':
      return join(analysis, value, lateral);
    default:
      throw new Uncertain(`${tag} in FROM is not understood`);
  }
}

/** What is not LATERAL does not see its neighbours. */
const outside = (lateral: Scope): Scope => ({ ...emptyScope(lateral.outer), ctes: lateral.ctes });

function relation(analysis: Analysis, rangeVar: Tree, scope: Scope): From {
  const alias = child(rangeVar, 'alias');
  const name = textOf(rangeVar, 'relname') ?? '';
  const cte = rangeVar['schemaname'] === undefined ? scope.ctes.get(name) : undefined;
  if (cte) return { items: [aliased(cte.columns, alias, name)], dataset: cte.dataset };
  const full = relationName(rangeVar);
  const columns = analysis.catalogue.relations.get(full);
  if (!columns) throw new Uncertain(`the columns of ${full} are not known`);
  const own = columns.map((column): Column => {
    const base = columnKey(full, column);
    return { name: column, flow: ofColumn(base), base };
  });
  const item = aliased(own, alias, name);
  return { items: [alias ? item : { ...item, schema: full.slice(0, full.indexOf('.')) }], dataset: NOTHING };
}

function aliased(columns: readonly Column[], alias: Tree | undefined, name?: string): Item {
  const given = names(children(alias, 'colnames'));
  if (given.length > columns.length) throw new Uncertain('an alias has more columns than what it names');
  return {
    name: textOf(alias, 'aliasname') ?? name,
    columns: columns.map((column, at) => (given[at] === undefined ? column : { ...column, name: given[at] })),
    bare: true,
    qualified: true,
  };
}

/** Functions that give one column that bears the function's name, or its alias. */
const ONE_COLUMN = new Set([
  'generate_series',
  'unnest',
  'regexp_split_to_table',
  'string_to_table',
  'generate_subscripts',
]);

function functions(analysis: Analysis, range: Tree, lateral: Scope): From {
  const alias = child(range, 'alias');
  const given = names(children(alias, 'colnames'));
  const calls = children(range, 'functions').map((item) => child(item, 'List') ?? {});
  const defined = [
    ...children(range, 'coldeflist'),
    ...calls.flatMap((call) => children(child(call, 'List'), 'items')),
  ];
  const columns: Column[] = [];
  let all: Flow = NOTHING;
  for (const call of calls) {
    const [func] = children(call, 'items');
    const flow = through(analysis.expression(func, { ...lateral, multiplying: [] }), 'TRANSFORMATION');
    all = merge(all, flow);
    const name = names(children(child(func, 'FuncCall'), 'funcname')).at(-1) ?? '';
    if (defined.length > 0) {
      for (const column of defined)
        columns.push({ name: textOf(child(column, 'ColumnDef'), 'colname'), flow });
    } else if (
      ONE_COLUMN.has(name) &&
      (name !== 'unnest' || children(child(func, 'FuncCall'), 'args').length === 1)
    ) {
      columns.push({ name: calls.length === 1 ? (textOf(alias, 'aliasname') ?? name) : name, flow });
    } else if (calls.length === 1 && given.length > 0) {
      const plain = given.length - (range['ordinality'] === true ? 1 : 0);
      for (let at = 0; at < plain; at += 1) columns.push({ flow });
    } else {
      throw new Uncertain(`the columns that ${name} gives are not known`);
    }
  }
  // How many rows there are depends on what the functions are given.
  const dataset = decidedBy(all, 'JOIN');
  if (range['ordinality'] === true) columns.push({ name: 'ordinality', flow: dataset });
  const fallback = names(children(child(children(calls[0], 'items')[0], 'FuncCall'), 'funcname')).at(-1);
  return { items: [aliased(columns, alias, fallback)], dataset };
}

function join(analysis: Analysis, node: Tree, lateral: Scope): From {
  if (node['join_using_alias'] !== undefined) throw new Uncertain('USING … AS is not understood');
  const left = fromItem(analysis, node['larg'] as Tree, lateral);
  const right = fromItem(analysis, node['rarg'] as Tree, {
    ...lateral,
    items: [...lateral.items, ...left.items],
  });
  const items = [...left.items, ...right.items];
  const [l, r] = [columnsOf(left), columnsOf(right)];
  const using = node['isNatural'] === true ? common(l, r) : names(children(node, 'usingClause'));
  const merged = using.map((name) => mergedColumn(analysis, node, left, right, name));
  const on = analysis.expression(node['quals'], { ...lateral, items });
  const dataset = merge(
    left.dataset,
    right.dataset,
    decidedBy(merge(on, ...merged.map(({ by }) => by)), 'JOIN'),
  );
  const rest = (columns: Column[]): Column[] =>
    columns.filter(({ name }) => name === undefined || !using.includes(name));
  const joined: Item = {
    columns: [...merged.map(({ column }) => column), ...rest(l), ...rest(r)],
    bare: true,
    qualified: false,
  };
  const alias = child(node, 'alias');
  if (alias) return { items: [aliased(joined.columns, alias)], dataset };
  return { items: [joined, ...items.map((item) => ({ ...item, bare: false }))], dataset };
}

const columnsOf = (from: From): Column[] =>
  from.items.filter((item) => item.bare).flatMap((item) => item.columns);

function common(left: readonly Column[], right: readonly Column[]): string[] {
  return left.flatMap(({ name }) =>
    name !== undefined && right.some((other) => other.name === name) ? [name] : [],
  );
}

/** A column of USING, and what it compares. */
function mergedColumn(
  analysis: Analysis,
  node: Tree,
  left: From,
  right: From,
  name: string,
): { column: Column; by: Flow } {
  const find = (from: From): Column => {
    const column = bareColumn({ ...emptyScope(), items: from.items }, name);
    if (!column) throw new Uncertain(`USING (${name}) names no column`);
    return column;
  };
  const [l, r] = [find(left), find(right)];
  const by = merge(use(analysis, l), use(analysis, r));
  const type = textOf(node, 'jointype');
  if (type === 'JOIN_FULL') return { column: { name, flow: through(by, 'TRANSFORMATION') }, by };
  return { column: { ...(type === 'JOIN_RIGHT' ? r : l), name }, by };
}
