import { child, children, names, shapeOf, tagged, textOf, walk, type Tree } from './walk';

/**
 * Whether a condition says anything about a row. "No" is certain; "yes" may be wrong: that every row happens to meet a
 * condition, only the data can tell.
 */
export function isAlwaysTrue(condition: Tree | undefined, target?: string): boolean {
  return condition === undefined || decided(condition, true, target);
}

/** Whether a condition holds for no row, whatever the row; likewise certain only where it says so. */
export function isNeverTrue(condition: Tree, target?: string): boolean {
  return decided(condition, false, target);
}

/** The condition is the same for every row: `wanted` for all of them, or (also for a constant) whatever it is. */
function decided(node: Tree, wanted: boolean, target: string | undefined): boolean {
  const [tag, inner] = tagged(node);
  if (!mentionsRow(node)) return true;
  switch (tag) {
    case 'BoolExpr':
      return bool(inner, wanted, target);
    case 'A_Expr':
      return compared(inner, wanted);
    case 'NullTest': {
      const always = neverNull(child(inner, 'arg'));
      return always && (inner['nulltesttype'] === 'IS_NOT_NULL') === wanted;
    }
    case 'BooleanTest': {
      const type = textOf(inner, 'booltesttype');
      const arg = child(inner, 'arg');
      if (type === 'IS_TRUE' || type === 'IS_NOT_FALSE')
        return arg !== undefined && decided(arg, wanted, target);
      if (type === 'IS_FALSE' || type === 'IS_NOT_TRUE')
        return arg !== undefined && decided(arg, !wanted, target);
      return false;
    }
    case 'CaseExpr': {
      const results = children(inner, 'args').map((when) => child(child(when, 'CaseWhen'), 'result'));
      const all = [...results, child(inner, 'defresult')];
      return all.every((each) => each !== undefined && decided(each, wanted, target));
    }
    case 'CoalesceExpr': {
      const [first, ...rest] = children(inner, 'args');
      return (
        first !== undefined &&
        decided(first, wanted, target) &&
        rest.every((each) => decided(each, wanted, target))
      );
    }
    case 'TypeCast': {
      const arg = child(inner, 'arg');
      return arg !== undefined && decided(arg, wanted, target);
    }
    case 'SubLink':
      return inOwnColumn(inner, target) && wanted;
    default:
      return false;
  }
}

function bool(node: Tree, wanted: boolean, target: string | undefined): boolean {
  const args = children(node, 'args');
  const op = textOf(node, 'boolop');
  if (op === 'NOT_EXPR') return args.length === 1 && decided(args[0]!, !wanted, target);
  const any = (op === 'OR_EXPR') === wanted;
  if (!any) return args.every((arg) => decided(arg, wanted, target));
  // `a or not a`, `a is null or a is not null`, `a < b or a >= b`; for false: `a and not a`.
  return args.some((arg) => mentionsRow(arg) && decided(arg, wanted, target)) || complete(args, wanted);
}

/** One arm is constant and what it takes, or two arms are each other's opposite. */
function complete(args: readonly Tree[], wanted: boolean): boolean {
  if (args.some((arg) => !mentionsRow(arg) && !isConstant(arg, !wanted))) return true;
  const shapes = args.map((arg) => JSON.stringify(shapeOf(arg)));
  return args.some((arg, index) => {
    const opposites = oppositesOf(arg).map((each) => JSON.stringify(shapeOf(each)));
    return shapes.some((shape, other) => other !== index && opposites.includes(shape));
  });
}

const NEGATED: Record<string, string> = { '=': '<>', '<>': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>' };

function oppositesOf(node: Tree): Tree[] {
  const [tag, inner] = tagged(node);
  const found: Tree[] = [{ BoolExpr: { boolop: 'NOT_EXPR', args: [node] } }];
  if (tag === 'BoolExpr' && inner['boolop'] === 'NOT_EXPR') found.push(...children(inner, 'args'));
  if (tag === 'NullTest') {
    const nulltesttype = inner['nulltesttype'] === 'IS_NULL' ? 'IS_NOT_NULL' : 'IS_NULL';
    found.push({ NullTest: { ...inner, nulltesttype } });
  }
  if (tag === 'A_Expr') {
    const other = NEGATED[names(children(inner, 'name')).join('.')];
    if (other && inner['kind'] === 'AEXPR_OP')
      found.push({ A_Expr: { ...inner, name: [{ String: { sval: other } }] } });
    const distinct: Record<string, string> = {
      AEXPR_DISTINCT: 'AEXPR_NOT_DISTINCT',
      AEXPR_NOT_DISTINCT: 'AEXPR_DISTINCT',
    };
    const kind = distinct[String(inner['kind'])];
    if (kind) found.push({ A_Expr: { ...inner, kind } });
  }
  return found;
}

const SAME_TRUE = new Set(['=', '<=', '>=', '~~', '~~*', '@>', '<@', '&&']);
const SAME_FALSE = new Set(['<>', '!=', '<', '>']);

function compared(node: Tree, wanted: boolean): boolean {
  const [left, right] = [node['lexpr'], node['rexpr']];
  const operator = names(children(node, 'name'))
    .join('.')
    .replace(/^pg_catalog\./, '');
  const same = JSON.stringify(shapeOf(left)) === JSON.stringify(shapeOf(right));
  switch (node['kind']) {
    case 'AEXPR_OP':
      if (same) return (wanted ? SAME_TRUE : SAME_FALSE).has(operator);
      return (
        atLeastZero(left, operator, right, wanted) ||
        atLeastZero(right, FLIPPED[operator] ?? '', left, wanted)
      );
    case 'AEXPR_NOT_DISTINCT':
      return same && wanted;
    case 'AEXPR_DISTINCT':
      return same && !wanted;
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return isPercent(right) && (operator === '~~' || operator === '~~*') === wanted;
    case 'AEXPR_IN': {
      const shape = JSON.stringify(shapeOf(left));
      const items = children(child(child(node, 'rexpr'), 'List'), 'items');
      return items.some((item) => JSON.stringify(shapeOf(item)) === shape) && (operator === '=') === wanted;
    }
    case 'AEXPR_BETWEEN': {
      const bounds = children(child(child(node, 'rexpr'), 'List'), 'items');
      const shape = JSON.stringify(shapeOf(left));
      return (
        wanted && bounds.length === 2 && bounds.every((bound) => JSON.stringify(shapeOf(bound)) === shape)
      );
    }
    default:
      return false;
  }
}

const FLIPPED: Record<string, string> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=', '=': '=', '<>': '<>' };
const NOT_NEGATIVE = new Set([
  'length',
  'char_length',
  'character_length',
  'octet_length',
  'bit_length',
  'abs',
  'cardinality',
]);

/** `length(x) >= 0`: what cannot be negative, compared with nothing or less. */
function atLeastZero(left: unknown, operator: string, right: unknown, wanted: boolean): boolean {
  const [tag, call] = tagged((left ?? {}) as Tree);
  if (!wanted || tag !== 'FuncCall') return false;
  const name = names(children(call, 'funcname')).at(-1) ?? '';
  const number = numberIn(right);
  if (!NOT_NEGATIVE.has(name) || number === undefined) return false;
  return (operator === '>=' && number <= 0) || ((operator === '>' || operator === '<>') && number < 0);
}

function numberIn(node: unknown): number | undefined {
  const [tag, inner] = tagged((node ?? {}) as Tree);
  if (tag === 'A_Expr' && names(children(inner, 'name')).join('') === '-' && inner['lexpr'] === undefined) {
    const below = numberIn(inner['rexpr']);
    return below === undefined ? undefined : -below;
  }
  if (tag !== 'A_Const') return undefined;
  if (child(inner, 'ival')) return Number(child(inner, 'ival')!['ival'] ?? 0);
  const text = textOf(child(inner, 'fval'), 'fval');
  return text === undefined ? undefined : Number(text);
}

function isPercent(node: unknown): boolean {
  const [tag, inner] = tagged((node ?? {}) as Tree);
  return tag === 'A_Const' && /^%+$/.test(textOf(child(inner, 'sval'), 'sval') ?? '');
}

const SYSTEM_COLUMNS = new Set(['ctid', 'tableoid', 'xmin', 'xmax', 'cmin', 'cmax']);

function neverNull(node: Tree | undefined): boolean {
  if (!node) return false;
  const [tag, inner] = tagged(node);
  if (tag === 'ColumnRef') return SYSTEM_COLUMNS.has(names(children(inner, 'fields')).at(-1) ?? '');
  // A row of several columns is "not null" only if all are; the whole row as such is left to the data.
  return (
    tag === 'CoalesceExpr' &&
    children(inner, 'args').some((arg) => 'A_Const' in arg && !child(arg, 'A_Const')?.['isnull'])
  );
}

/** `id in (select id from t)` of the very table that is written, without a condition in it. */
function inOwnColumn(node: Tree, target: string | undefined): boolean {
  if (node['subLinkType'] !== 'ANY_SUBLINK' || target === undefined) return false;
  const select = child(child(node, 'subselect'), 'SelectStmt');
  if (
    !select ||
    select['whereClause'] ||
    select['limitCount'] ||
    select['havingClause'] ||
    select['groupClause']
  )
    return false;
  const from = children(select, 'fromClause');
  const range = from.length === 1 ? child(from[0], 'RangeVar') : undefined;
  return range !== undefined && textOf(range, 'relname') === target.slice(target.indexOf('.') + 1);
}

/** True for a constant that is known to be `value`. */
function isConstant(node: Tree, value: boolean): boolean {
  const [tag, inner] = tagged(node);
  if (tag !== 'A_Const') return false;
  const found = child(inner, 'boolval');
  return found !== undefined && (found['boolval'] === true) === value;
}

/**
 * Whether a condition looks at the row at all. Columns of a subquery's own tables do not count where they say whose they
 * are; a bare name may be either's, and counts.
 */
function mentionsRow(node: Tree): boolean {
  let found = false;
  const look = (value: unknown, own: ReadonlySet<string>): void =>
    walk(value, (tag, inner) => {
      if (tag === 'SelectStmt') {
        look(Object.values(inner), new Set([...own, ...aliasesOf(inner)]));
        return false;
      }
      if (tag !== 'ColumnRef') return true;
      const parts = names(children(inner, 'fields'));
      const bare = parts.length === 1 && parts[0] !== '';
      if (own.size === 0 || bare || (parts.length > 1 && !own.has(parts[0]!))) found = true;
      return true;
    });
  look(node, new Set());
  return found;
}

function aliasesOf(select: Tree): string[] {
  const found: string[] = [];
  walk(select['fromClause'], (tag, node) => {
    if (tag === 'RangeVar')
      found.push(textOf(child(node, 'alias'), 'aliasname') ?? textOf(node, 'relname') ?? '');
    if (tag === 'RangeSubselect') {
      found.push(textOf(child(node, 'alias'), 'aliasname') ?? '');
      return false;
    }
    return true;
  });
  return found;
}
