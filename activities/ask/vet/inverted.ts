import type { Action } from '../../../capabilities/sql/action';
import { child, children, names, tagged, textOf, walk, type Tree } from '../../../sql/walk';
import { share, type Words } from './words';

/** Words that take something out of what is meant. */
const OTHER_THAN =
  /\b(not|no|n.t|isn.?t|aren.?t|without|except|excluding|but|other|others|outside|apart|unless|only|keep|rest|remaining|anything|nobody|none|neither|never|differ\w*|missing|nicht|keine?[nrsm]?|ohne|ausser\w*|nur|andere\w*|ubrige\w*|sauf|pas|sans|hors|autres?|excepto|menos|salvo|sin|otr[oa]s?|tranne|non|senza|altr[ei]|niet|behalve|zonder|andere|nie|bez|oprocz)\b|以外|ない|なし|除|不是|не |кроме|아닌|제외/u;

/**
 * A condition that takes the rows that are *not* what the words speak of: `status <> 'cancelled'` where the cancelled
 * ones are to go. Only where the words have nothing that turns it round themselves.
 */
export function turnsRound(action: Action | undefined, words: Words): string | undefined {
  if (action?.kind !== 'update' && action?.kind !== 'delete') return undefined;
  const filled = setWhereFilled(action, words);
  if (filled !== undefined) return filled;
  if (OTHER_THAN.test(words.prose)) return undefined;
  const value = excluded(child(action.node, 'whereClause'), false).find((text) => share(words, text) > 0);
  return value === undefined
    ? undefined
    : `its condition takes the rows that are not "${value}", and the words speak of those that are`;
}

const MISSING =
  /\b(missing|null|empty|blank|absent|unset|lacks?|no value|has no|have no|without|fehl\w*|leer\w*|manqu\w*|vide|falta\w*|vaci[oa]s?|manca\w*|ontbre\w*)\b|空|欠|пуст|없/u;

/** "Wherever it is missing", and the rows are those where it is not. */
function setWhereFilled(action: Action, words: Words): string | undefined {
  if (action.kind !== 'update' || !MISSING.test(words.prose)) return undefined;
  const set = new Set(
    children(action.node, 'targetList').map((target) => textOf(child(target, 'ResTarget'), 'name') ?? ''),
  );
  let filled: string | undefined;
  let empty = false;
  walk(action.node['whereClause'], (tag, node) => {
    if (tag !== 'NullTest') return;
    const column = names(children(child(child(node, 'arg'), 'ColumnRef'), 'fields')).at(-1) ?? '';
    if (node['nulltesttype'] === 'IS_NULL') empty = true;
    else if (set.has(column)) filled = column;
  });
  return filled === undefined || empty
    ? undefined
    : `it sets ${filled} where it has a value, and the words speak of where it is missing`;
}

/** Texts that a row may not have, in what is joined by AND. */
function excluded(condition: Tree | undefined, negated: boolean): string[] {
  if (!condition) return [];
  const [tag, inner] = tagged(condition);
  if (tag === 'BoolExpr') {
    const args = children(inner, 'args');
    if (inner['boolop'] === 'NOT_EXPR') return excluded(args[0], !negated);
    return (inner['boolop'] === 'AND_EXPR') === negated ? [] : args.flatMap((arg) => excluded(arg, negated));
  }
  if (tag !== 'A_Expr') return [];
  const operator = names(children(inner, 'name')).at(-1) ?? '';
  const distinct = inner['kind'] === 'AEXPR_DISTINCT';
  const not = distinct || operator === '<>' || operator.startsWith('!');
  if (not === negated || ['<', '>', '<=', '>='].includes(operator)) return [];
  // A value that is set right where it is wrong: `email <> lower(email)`.
  const found: string[] = [];
  walk(inner['rexpr'], (each, node) => {
    const text = each === 'A_Const' ? textOf(child(node, 'sval'), 'sval') : undefined;
    if (text !== undefined && text.length > 1) found.push(text);
  });
  return found;
}
