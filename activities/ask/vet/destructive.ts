import type { Fault } from '../../../schemas/errors';
import type { Beyond } from '../../../schemas/ask';
import type { RelationName } from '../../../schemas/change';
import type { Action } from '../../../capabilities/sql/action';
import { children, child, textOf } from '../../../sql/walk';
import { coversAll, isUnbounded, type RowAction } from './bounds';
import type { Effect } from './effects';
import { asks, asksForAllRows, asksToDrop, type Droppable } from './verbs';
import { names, share, type Words } from './words';
import type { Place } from '../../../warehouses/warehouse';

export interface Judged {
  faults: Fault[];
  beyond: Beyond[];
}

/** How long a look at whether a condition leaves any row alone may take. */
const LOOK_MS = 3_000;

/**
 * Hard rules: nothing is deleted, dropped or written over that nobody asked to have deleted, dropped or written over,
 * and no DELETE or UPDATE is about all rows unless the words say all rows. What the goal itself makes is its own.
 * `sound`: nothing else is wrong with the SQL, so that its conditions may be tried on the rows there are.
 */
export async function judgeDestruction(
  effects: readonly Effect[],
  words: Words,
  place: Pick<Place, 'read'>,
  signal: AbortSignal,
  sound = true,
  live: readonly RelationName[] = [],
): Promise<Judged> {
  const made = new Set<string>();
  const added = new Set<string>();
  const judged: Judged = { faults: [], beyond: [] };
  for (const effect of effects) {
    const { verb, relation, action } = effect;
    if (verb === 'creates') made.add(relation);
    if (action?.kind === 'add column') added.add(`${relation}.${action.column}`);
    const own = made.has(relation) || made.has(`${relation.slice(0, relation.indexOf('.'))}.*`);
    if (own) continue;
    if (verb === 'drops' || verb === 'deletes') judged.faults.push(...unasked(effect, words, live));
    if ((verb === 'updates' || verb === 'deletes') && action?.kind !== 'insert') {
      const found = await boundless(
        effect,
        action as RowAction,
        words,
        added,
        sound ? place : undefined,
        signal,
      );
      judged.faults.push(...found.faults);
      judged.beyond.push(...found.beyond);
    }
  }
  return judged;
}

function unasked(effect: Effect, words: Words, live: readonly RelationName[]): Fault[] {
  const { relation, part, words: done } = effect;
  const message = !asks(words, 'remove')
    ? `would ${done}, and the person's words ask for nothing to be deleted or dropped`
    : effect.verb === 'drops' && !asksToDrop(words, droppable(effect), part ?? relation.replace(/\.\*$/, ''))
      ? `would ${done}, and the person's words ask for something else to be removed, not for that`
      : namesTarget(words, relation, part, live)
        ? undefined
        : `would ${done}, and the person's words ask for something to be removed but do not name ${part ?? relation}`;
  if (message === undefined) return [];
  return [
    {
      path: pathOf(effect),
      message: `${message}: leave it out, or ask the person (ask_person) and let them answer in their own words what is to be removed`,
    },
  ];
}

const DROPPED: Partial<Record<Action['kind'], Droppable>> = {
  'drop table': 'table',
  'drop view': 'view',
  'drop schema': 'schema',
  'drop column': 'column',
  'drop index': 'index',
  'drop constraint': 'constraint',
};

const droppable = ({ action }: Effect): Droppable | undefined => action && DROPPED[action.kind];

/** A column is named by its name where no other table is: "drop the column note". */
function namesTarget(
  words: Words,
  relation: RelationName,
  part: string | undefined,
  live: readonly RelationName[],
): boolean {
  if (part === undefined) return names(words, relation.replace(/\.\*$/, ''));
  if (share(words, part) < 1 && !names(words, part)) return false;
  return names(words, relation) || !live.some((other) => other !== relation && names(words, other));
}

async function boundless(
  effect: Effect,
  action: RowAction,
  words: Words,
  added: ReadonlySet<string>,
  place: Pick<Place, 'read'> | undefined,
  signal: AbortSignal,
): Promise<Judged> {
  const none: Judged = { faults: [], beyond: [] };
  const family = action.kind === 'delete' ? 'remove' : 'change';
  if (asksForAllRows(words, action.relation, family) && names(words, action.relation)) return none;
  // Filling a column that this very goal adds is about all rows, and takes nothing away.
  if (action.kind === 'update' && setsOnly(action, added)) return none;
  const { relation } = action;
  if (isUnbounded(action)) {
    const message = `would ${action.kind} every row of ${relation}: its condition is missing or says nothing about a row. Say which rows in WHERE; all of them only when the person asked for all rows in so many words`;
    return { ...none, faults: [{ path: pathOf(effect), message }] };
  }
  const all = await place
    ?.read((session) => coversAll(session, action), { statementTimeoutMs: LOOK_MS, signal })
    .catch(() => undefined);
  if (all !== true) return none;
  const reason = `the condition of this ${action.kind.toUpperCase()} holds for every row that ${relation} has now, and the words do not ask for all of them`;
  return { ...none, beyond: [{ what: 'destructive', name: relation, step: effect.step.id, reason }] };
}

function setsOnly(action: RowAction, added: ReadonlySet<string>): boolean {
  const set = children(action.node, 'targetList').map(
    (target) => textOf(child(target, 'ResTarget'), 'name') ?? '',
  );
  return set.length > 0 && set.every((column) => added.has(`${action.relation}.${column}`));
}

function pathOf({ sql, step }: Effect): string {
  return sql?.path ?? step.id;
}
