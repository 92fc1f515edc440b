import { isAlwaysTrue, isNeverTrue } from '../../../sql/always';
import type { ParsedStatement } from '../../../sql/parse';
import { child, children, numberOf, textOf, walk, type Tree } from '../../../sql/walk';

/** A check whose query cannot give a row says nothing: it holds whatever the data are. */
export function neverFails({ node }: ParsedStatement): string | undefined {
  const limit = child(child(child(node, 'limitCount'), 'A_Const'), 'ival');
  const none = limit !== undefined && (numberOf(limit, 'ival') ?? 0) === 0;
  const conditions = ['whereClause', 'havingClause'].flatMap((key) => conjuncts(child(node, key)));
  if (!none && !conditions.some(isFalse)) return undefined;
  return 'this check can never fail: its query gives no row whatever the data are. Select the rows that offend';
}

function conjuncts(condition: Tree | undefined): Tree[] {
  if (!condition) return [];
  const inner = child(condition, 'BoolExpr');
  return inner?.['boolop'] === 'AND_EXPR'
    ? // Also the whole of it: two of its parts may be each other's opposite.
      [condition, ...children(inner, 'args').flatMap(conjuncts)]
    : [condition];
}

/** Without looking at any data: no subquery, no function, and of constants only those that are compared. */
function isFalse(condition: Tree): boolean {
  let looks = false;
  let row = false;
  walk(condition, (tag) => {
    if (tag === 'SubLink' || tag === 'FuncCall' || tag === 'SQLValueFunction' || tag === 'ParamRef')
      looks = true;
    if (tag === 'ColumnRef') row = true;
  });
  if (looks) return false;
  return row ? isNeverTrue(condition) && !isAlwaysTrue(condition) : constantlyFalse(condition);
}

function constantlyFalse(condition: Tree): boolean {
  const bool = child(child(condition, 'A_Const'), 'boolval');
  if (bool) return bool['boolval'] !== true;
  const compared = child(condition, 'A_Expr');
  const [left, right] = ['lexpr', 'rexpr'].map((key) => valueOf(child(child(compared, key), 'A_Const')));
  const operator = textOf(child(children(compared, 'name')[0], 'String'), 'sval');
  if (left === undefined || right === undefined) return false;
  return operator === '=' ? left !== right : operator === '<>' ? left === right : false;
}

function valueOf(constant: Tree | undefined): string | undefined {
  if (!constant) return undefined;
  const whole = child(constant, 'ival');
  if (whole) return String(numberOf(whole, 'ival') ?? 0);
  return textOf(child(constant, 'sval'), 'sval') ?? textOf(child(constant, 'fval'), 'fval');
}
