import type { Action } from '../../../capabilities/sql/action';
import { classesOf } from '../../../governance/policy/classify';
import type { Beyond } from '../../../schemas/ask';
import type { Config } from '../../../schemas/config';
import type { RelationName } from '../../../schemas/change';
import type { Goal, Step } from '../../../schemas/goal';
import { child, children, names as columnNames, numberOf, textOf, walk } from '../../../sql/walk';
import type { Effect } from './effects';
import { headBeyond } from './scope-head';
import { sourceBeyond } from './scope-sources';
import { madeBeyond } from './scope-made';
import { asks } from './verbs';
import { names, share, type Words } from './words';

/** What a goal is compared with. */
export interface Asking {
  words: Words;
  /** Keys of the head that the person has fixed. */
  head: Record<string, unknown>;
  /** Connections of the configuration, and what is declared of their data. */
  config: Config;
  warehouse: string;
  /** The goal that is being recovered: what it did before is asked for, but for what went beyond the words then. */
  base?: { goal: Goal; beyond: readonly Beyond[] };
}

export interface Looked {
  goal: Goal;
  effects: readonly Effect[];
  /** Columns that its models give. */
  gives: ReadonlyMap<RelationName, readonly string[]>;
  /** Relations that each step reads. */
  reads: ReadonlyMap<string, readonly RelationName[]>;
}

/**
 * Everything that a goal would do and nobody asked for, each with its reason: written relations, sources, destinations,
 * schedules, what a failure leaves behind. Only the person's own words count, never what tools or documents said. Close
 * spellings are forgiven for names of tables; where data goes or comes from is not guessed.
 */
export function beyondOf(looked: Looked, asking: Asking): Beyond[] {
  const { goal: before, beyond = [] } = asking.base ?? {};
  const fresh = looked.goal.steps.filter((step) => !isAsBefore(step, before));
  const effects = looked.effects.filter(({ step }) => fresh.includes(step));
  const still = new Set(looked.goal.steps.map(({ id }) => id));
  return unique([
    ...beyond.filter(({ step }) => step === undefined || still.has(step)),
    ...headBeyond(looked.goal, asking),
    ...sourceBeyond(fresh, asking),
    ...writtenBeyond(effects, asking.words),
    ...madeBeyond({ ...looked, effects }, asking),
    ...readBeyond(looked, fresh, asking),
    ...kindBeyond(fresh, asking.words),
  ]);
}

/** A step that a goal under recovery had just so. */
function isAsBefore(step: Step, base: Goal | undefined): boolean {
  const before = base?.steps.find(({ id }) => id === step.id);
  return (
    before !== undefined &&
    before.kind === step.kind &&
    JSON.stringify(before.input) === JSON.stringify(step.input)
  );
}

/** What exists and would become different: it has to be named. */
function writtenBeyond(effects: readonly Effect[], words: Words): Beyond[] {
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
    const why = step.kind === 'model' ? undefined : unspoken(effect, words);
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
      return asks(words, 'overwrite') || asks(words, 'change')
        ? undefined
        : 'the words do not ask for it to be written over';
    case 'renames':
      return asks(words, 'change') ? undefined : 'the words do not ask for it to be renamed';
    case 'updates':
      if (!asks(words, 'change')) return 'the words do not ask for it to be changed';
      return speaksOfCondition(action, words) ? undefined : 'by a condition of which nothing is in the words';
    case 'deletes':
      return speaksOfCondition(action, words) ? undefined : 'by a condition of which nothing is in the words';
    default:
      return undefined;
  }
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

/** Data of a declared class that nobody spoke of. */
function readBeyond({ goal, reads }: Looked, fresh: readonly Step[], { words, config }: Asking): Beyond[] {
  return fresh.flatMap((step) =>
    (reads.get(step.id) ?? []).flatMap((relation): Beyond[] => {
      const classes = classesOf({ reads: [relation], writes: [] }, goal, [config]);
      if (classes.length === 0 || names(words, relation)) return [];
      const reason = `it reads ${relation}, which is declared as ${classes.join(', ')}, and the words do not name it`;
      return [{ what: 'relation', name: relation, step: step.id, reason }];
    }),
  );
}

/** Kinds whose effects are looked at one by one above. */
const LOOKED_AT = new Set(['ingest', 'sql', 'model', 'check']);

/** Of a kind that is not known here, the kind itself has to be asked for. */
function kindBeyond(steps: readonly Step[], words: Words): Beyond[] {
  return steps.flatMap(({ id, kind }): Beyond[] =>
    LOOKED_AT.has(kind) || share(words, kind) === 1
      ? []
      : [
          {
            what: 'step',
            name: kind,
            step: id,
            reason: `it has a step of the kind "${kind}", which the words do not ask for`,
          },
        ],
  );
}

function unique(all: readonly Beyond[]): Beyond[] {
  const seen = new Set<string>();
  return all.filter(({ what, name, step }) => {
    const key = JSON.stringify([what, name, step]);
    return seen.has(key) ? false : seen.add(key);
  });
}
