import { child, children, isTree, names, tagged, textOf, type Tree } from '../../sql/walk';
import { decidedBy, merge, NOTHING, through, type Flow } from './flow';
import { resolve, Uncertain, wholeRow, qualifiedItem, type Analysis, type Scope } from './scope';

/** What the value of an expression depends on. Throws {@link Uncertain} for what is not understood. */
export function expression(analysis: Analysis, node: unknown, scope: Scope): Flow {
  if (node === undefined || node === null) return NOTHING;
  if (Array.isArray(node)) return merge(...node.map((item) => expression(analysis, item, scope)));
  const [tag, value] = tagged(node as Tree);
  const of = (part: unknown): Flow => expression(analysis, part, scope);
  switch (tag) {
    case 'A_Const':
    case 'SQLValueFunction':
    case 'SetToDefault':
    case 'ParamRef':
    case 'TypeName':
    case 'String':
    case '':
      return NOTHING;
    case 'ColumnRef':
      return columnRef(analysis, value, scope);
    case 'CollateClause':
      return of(value['arg']);
    case 'FuncCall':
      return call(analysis, value, scope);
    case 'SubLink':
      return subLink(analysis, value, scope);
    case 'CaseExpr': {
      const whens = children(value, 'args').map((when) => child(when, 'CaseWhen') ?? {});
      const conditions = merge(of(value['arg']), ...whens.map((when) => of(when['expr'])));
      const results = merge(...whens.map((when) => of(when['result'])), of(value['defresult']));
      return merge(through(results, 'TRANSFORMATION'), decidedBy(conditions, 'CONDITIONAL'));
    }
    case 'SelectStmt':
    case 'RangeVar':
    case 'RangeSubselect':
    case 'WindowDef':
      throw new Uncertain(`${tag} stands where it is not understood`);
    default:
      // Every other kind of expression computes from all that is in it.
      return through(merge(...Object.values(value).filter(isPart).map(of)), 'TRANSFORMATION');
  }
}

/** Untagged structures are not understood, but for a cast's type, which holds no columns. */
function isPart(part: unknown): boolean {
  if (Array.isArray(part)) return true;
  if (!isTree(part)) return false;
  const keys = Object.keys(part);
  if (keys.length === 1 && /^[A-Z]/.test(keys[0]!)) return true;
  if ('typemod' in part || 'names' in part) return false;
  if (keys.length === 0) return false;
  throw new Uncertain(`an expression with ${keys.join(', ')} is not understood`);
}

function columnRef(analysis: Analysis, ref: Tree, scope: Scope): Flow {
  const fields = children(ref, 'fields');
  const last = fields.at(-1);
  if (last && 'A_Star' in last) {
    const path = names(fields.slice(0, -1));
    if (path.length === 0 || path.length > 2) throw new Uncertain('a * stands where it is not understood');
    return wholeRow(analysis, qualifiedItem(scope, path.at(-1)!, path.length === 2 ? path[0] : undefined));
  }
  return resolve(analysis, scope, names(fields));
}

function call(analysis: Analysis, func: Tree, scope: Scope): Flow {
  const of = (part: unknown): Flow => expression(analysis, part, scope);
  const name = names(children(func, 'funcname')).at(-1)!;
  const over = child(func, 'over');
  const aggregates =
    analysis.catalogue.aggregates.has(name) ||
    ['agg_star', 'agg_distinct', 'agg_within_group', 'agg_filter'].some((key) => func[key] !== undefined);
  const value = through(of(func['args']), aggregates ? 'AGGREGATION' : 'TRANSFORMATION');
  const order = of(sortNodes(func['agg_order']));
  const flow = merge(
    value,
    // WITHIN GROUP (ORDER BY x) aggregates x itself.
    func['agg_within_group'] === true ? through(order, 'AGGREGATION') : decidedBy(order, 'SORT'),
    decidedBy(of(func['agg_filter']), 'FILTER'),
    over ? decidedBy(windowOf(analysis, over, scope), 'WINDOW') : NOTHING,
  );
  if (analysis.catalogue.setReturning.has(name)) scope.multiplying.push(flow);
  return flow;
}

function windowOf(analysis: Analysis, window: Tree, scope: Scope): Flow {
  return expression(
    analysis,
    [
      children(window, 'partitionClause'),
      sortNodes(window['orderClause']),
      ...[window['startOffset'], window['endOffset']].filter((offset) => offset !== undefined),
    ].flat(),
    scope,
  );
}

/** Windows that the query names are part of whatever uses them. */
export function namedWindows(analysis: Analysis, windows: readonly Tree[], scope: Scope): Flow {
  return merge(...windows.map((window) => windowOf(analysis, child(window, 'WindowDef') ?? {}, scope)));
}

/** The expressions of a list of SortBy nodes. */
export function sortNodes(list: unknown): unknown[] {
  return Array.isArray(list) ? list.map((item) => child(item as Tree, 'SortBy')?.['node']) : [];
}

function subLink(analysis: Analysis, link: Tree, scope: Scope): Flow {
  const select = child(child(link, 'subselect'), 'SelectStmt');
  if (!select) throw new Uncertain('a subquery is not understood');
  const rows = analysis.query(select, scope);
  const which = decidedBy(rows.dataset, 'FILTER');
  const given = merge(...rows.columns.map((column) => column.flow));
  switch (textOf(link, 'subLinkType')) {
    case 'EXISTS_SUBLINK':
      return which;
    case 'EXPR_SUBLINK':
      return merge(given, which);
    case 'ARRAY_SUBLINK':
      return merge(through(given, 'AGGREGATION'), which);
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK':
    case 'ROWCOMPARE_SUBLINK': {
      const tested = expression(analysis, link['testexpr'], scope);
      return merge(through(merge(tested, given), 'TRANSFORMATION'), which);
    }
    default:
      throw new Uncertain('a subquery of this kind is not understood');
  }
}
