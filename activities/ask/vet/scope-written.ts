import type { Action } from '../../../capabilities/sql/action';
import type { Beyond } from '../../../schemas/ask';
import { child, children, names as columnNames, numberOf, textOf, walk, type Tree } from '../../../sql/walk';
import type { Effect } from './effects';
import { turnsRound } from './inverted';
import type { Looked } from './scope';
import { asks } from './verbs';
import { names, share, type Words } from './words';

/** What exists and would become different: it has to be named. */
export function writtenBeyond(
  effects: readonly Effect[],
  words: Words,
  looked: Pick<Looked, 'columns' | 'gives'>,
): Beyond[] {
  const made = new Set(effects.filter(({ verb }) => verb === 'creates').map(({ relation }) => relation));
  return effects.flatMap((effect): Beyond[] => {
    const { verb, relation, part, step, words: done } = effect;
    if (verb === 'creates' || made.has(relation)) return [];
    const schema = `${relation.slice(0, relation.indexOf('.'))}.*`;
    if (made.has(schema)) return [];
    const named =
      names(words, relation.replace(/\.\*$/, '')) || (part !== undefined && share(words, part) === 1);
    const at = { what: 'relation', name: relation, step: step.id };
    // Unasked dropping and deleting has been refused before.
    if (!named && verb !== 'drops' && verb !== 'deletes')
      return [{ ...at, reason: `it would ${done}, and the words do not name ${relation}` }];
    const why = unspoken(effect, words, lostBy(effect, looked)) ?? turnsRound(effect.action, words);
    return why === undefined ? [] : [{ ...at, what: 'destructive', reason: `it would ${done}, and ${why}` }];
  });
}

/** What the words lack for what is done to something that they name. */
function unspoken({ verb, action, step }: Effect, words: Words, lost: readonly string[]): string | undefined {
  switch (verb) {
    case 'writes':
      if (step.kind !== 'sql') return undefined;
      if (!asks(words, 'add')) return 'the words do not ask for rows to be added';
      return speaksOfValues(action, words) ? undefined : 'with values of which nothing is in the words';
    case 'replaces':
      if (lost.length > 0) {
        if (asks(words, 'remove') && lost.every((column) => share(words, column) === 1)) return undefined;
        return asks(words, 'overwrite')
          ? undefined
          : `it would no longer have ${lost.join(', ')}, which the words do not ask for`;
      }
      // A model may also be told to have something more.
      return asks(words, 'overwrite') ||
        asks(words, 'change') ||
        (step.kind === 'model' && asks(words, 'add'))
        ? undefined
        : 'the words do not ask for it to be written over';
    case 'renames':
      return unspokenName(action, words);
    case 'updates':
      if (!asks(words, 'change')) return 'the words do not ask for it to be changed';
      if (!speaksOfChange(action, words)) return 'what it sets is not in the words';
      return speaksOfCondition(action, words) ? undefined : 'by a condition of which nothing is in the words';
    case 'deletes':
      return speaksOfCondition(action, words) ? undefined : 'by a condition of which nothing is in the words';
    case 'alters':
      return unspokenStructure(action, words);
    default:
      return undefined;
  }
}

/** What gets another name, and which one, is in the words. */
function unspokenName(action: Action | undefined, words: Words): string | undefined {
  if (!asks(words, 'change')) return 'the words do not ask for it to be renamed';
  const what =
    action?.kind === 'rename column'
      ? action.column
      : action?.kind === 'rename constraint'
        ? action.constraint
        : undefined;
  if (what !== undefined && share(words, what) === 0) return `the words do not speak of ${what}`;
  const named = action && 'to' in action ? action.to : undefined;
  const to = typeof named === 'object' ? named.name : named;
  return to === undefined || share(words, to) > 0 ? undefined : `the words do not speak of the name ${to}`;
}

/** Columns that a relation has now and would not have afterwards. */
function lostBy({ verb, relation }: Effect, { columns, gives }: Pick<Looked, 'columns' | 'gives'>): string[] {
  const given = gives.get(relation);
  if (verb !== 'replaces' || !given) return [];
  return (columns.get(relation) ?? []).filter((column) => !given.includes(column));
}

/** Words for what an ALTER TABLE or an index is about, beside those for changes in general. */
const STRUCTURAL: Partial<Record<Action['kind'], RegExp>> = {
  'create index':
    /\b(index|indices|indiz|indic|indeks|fast|slow|speed|performan|schnell|langsam|rapid|lent)|索引|индекс/u,
  'add constraint':
    /\b(constraint|key|unique|uniq|check|must|valid|refer|foreign|primary|rule|enforce|schlussel|eindeutig|muss|cle\b|clave|chiave)|约束|ключ/u,
  'set not null': /\b(null|required|mandatory|must|always|compulsory|missing|muss|pflicht|obligat)|空/u,
  'drop not null': /\b(null|optional|required|mandatory|missing|empty|darf|option)|空/u,
  'set default': /\b(default|standard|vorgabe|defaut|predetermin)|默认/u,
};

function unspokenStructure(action: Action | undefined, words: Words): string | undefined {
  if (!action) return undefined;
  const wanted = STRUCTURAL[action.kind];
  if (wanted) return wanted.test(words.text) ? undefined : 'the words do not ask for that';
  const column = 'column' in action ? action.column : '';
  if (share(words, column) > 0) return undefined;
  return `the words do not speak of ${column === '' ? 'that' : `the column ${column}`}`;
}

/** Columns that say when a row was changed are set along with whatever else is. */
const BOOKKEEPING = /^(last_?)?(updat|modif|chang)\w*$/;

/** Each column that is set is in the words, or a value that it is set to. */
function speaksOfChange(action: Action | undefined, words: Words): boolean {
  const targets = children(child(action?.node, 'onConflictClause') ?? action?.node, 'targetList');
  const spoken = targets.map((target) => {
    const set = child(target, 'ResTarget');
    const column = textOf(set, 'name') ?? '';
    if (share(words, column) > 0 || isWithin(words, column)) return true;
    const values = textsIn(child(set, 'val'), '');
    return (
      values.some((text) => text !== column && share(words, text) > 0) ||
      (BOOKKEEPING.test(column) ? undefined : false)
    );
  });
  return targets.length === 0 || (spoken.includes(true) && !spoken.includes(false));
}

/** `active` in "deactivate", `published` in "unpublish". */
function isWithin({ tokens }: Words, column: string): boolean {
  const stem = column.replace(/^is_/, '').replace(/e?d?$/, '');
  return (
    stem.length >= 5 && [...tokens].some((token) => /^(de|un|dis|re|in)/.test(token) && token.includes(stem))
  );
}

/** Rows that are written out have a value that the words have, too; rows from a query are those of tables. */
function speaksOfValues(action: Action | undefined, words: Words): boolean {
  const values = child(child(action?.node, 'selectStmt'), 'SelectStmt')?.['valuesLists'];
  if (values === undefined) return true;
  const found: string[] = [];
  walk(values, (tag, node) => {
    if (tag !== 'A_Const') return;
    const whole = numberOf(child(node, 'ival'), 'ival');
    const text =
      textOf(child(node, 'sval'), 'sval') ??
      textOf(child(node, 'fval'), 'fval') ??
      (whole === undefined ? undefined : String(whole));
    if (text !== undefined && text.length > 1) found.push(text);
  });
  return found.length === 0 || found.some((text) => share(words, text) >= 0.5);
}

/**
 * Which rows are meant has to do with the words: a column, a value, or another table that the condition looks at. Of what
 * is joined by OR every part, because each of them takes rows of its own.
 */
function speaksOfCondition(action: Action | undefined, words: Words): boolean {
  const condition = child(action?.node, 'whereClause');
  if (!action || !condition) return true;
  const target = 'relation' in action ? action.relation.slice(action.relation.indexOf('.') + 1) : '';
  const beside = [action.node['withClause'], action.node['usingClause'], action.node['fromClause']];
  const spoken = (node: Tree): boolean => {
    const bool = child(node, 'BoolExpr');
    const args = children(bool, 'args');
    if (bool?.['boolop'] === 'OR_EXPR') return args.every(spoken);
    if (bool) return args.some(spoken);
    const said = textsIn(node, target);
    return said.length === 0 || said.some((text) => share(words, text) > 0);
  };
  return spoken(condition) || textsIn(beside, target).some((text) => share(words, text) > 0);
}

/** Columns, values and tables that a part of a statement names; not the table that it is about. */
function textsIn(part: unknown, target: string): string[] {
  const found: string[] = [];
  walk(part, (tag, node) => {
    if (tag === 'ColumnRef') found.push(columnNames(children(node, 'fields')).at(-1) ?? '');
    if (tag === 'RangeVar' && node['relname'] !== target) found.push(textOf(node, 'relname') ?? '');
    const text = tag === 'A_Const' ? textOf(child(node, 'sval'), 'sval') : undefined;
    if (text !== undefined && text.length < 100) found.push(text);
  });
  return found;
}
