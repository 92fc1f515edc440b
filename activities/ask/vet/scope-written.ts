import type { Action } from '../../../capabilities/sql/action';
import type { Beyond } from '../../../schemas/ask';
import { child, children, names as columnNames, numberOf, textOf, walk } from '../../../sql/walk';
import type { Effect } from './effects';
import { asks } from './verbs';
import { names, share, type Words } from './words';

/** What exists and would become different: it has to be named. */
export function writtenBeyond(effects: readonly Effect[], words: Words): Beyond[] {
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
    const why = unspoken(effect, words);
    return why === undefined ? [] : [{ ...at, what: 'destructive', reason: `it would ${done}, and ${why}` }];
  });
}

/** What the words lack for what is done to something that they name. */
function unspoken({ verb, action, step }: Effect, words: Words): string | undefined {
  switch (verb) {
    case 'writes':
      if (step.kind !== 'sql') return undefined;
      if (!asks(words, 'add')) return 'the words do not ask for rows to be added';
      return speaksOfValues(action, words) ? undefined : 'with values of which nothing is in the words';
    case 'replaces':
      // A model may also be told to have something more.
      return asks(words, 'overwrite') ||
        asks(words, 'change') ||
        (step.kind === 'model' && asks(words, 'add'))
        ? undefined
        : 'the words do not ask for it to be written over';
    case 'renames':
      return asks(words, 'change') ? undefined : 'the words do not ask for it to be renamed';
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

/** A column that is set, or a value that it is set to, is in the words. */
function speaksOfChange(action: Action | undefined, words: Words): boolean {
  const targets = children(child(action?.node, 'onConflictClause') ?? action?.node, 'targetList');
  let spoken = targets.length === 0;
  for (const target of targets) {
    const column = textOf(child(target, 'ResTarget'), 'name') ?? '';
    if (share(words, column) > 0) spoken = true;
    walk(child(target, 'ResTarget'), (tag, node) => {
      const text = tag === 'A_Const' ? textOf(child(node, 'sval'), 'sval') : undefined;
      if (text && share(words, text) > 0) spoken = true;
    });
  }
  return spoken;
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

/** Which rows are meant has to do with the words: a column, a value, or a table that the condition looks at. */
function speaksOfCondition(action: Action | undefined, words: Words): boolean {
  const condition = child(action?.node, 'whereClause');
  if (!action || !condition) return true;
  let spoken = false;
  let said = false;
  const look = (text: string): void => {
    said = true;
    if (share(words, text) > 0) spoken = true;
  };
  walk(condition, (tag, node) => {
    if (tag === 'ColumnRef') look(columnNames(children(node, 'fields')).at(-1) ?? '');
    if (tag === 'RangeVar') look(textOf(node, 'relname') ?? '');
    const text = tag === 'A_Const' ? textOf(child(node, 'sval'), 'sval') : undefined;
    if (text !== undefined && text.length < 100) look(text);
  });
  return spoken || !said;
}
