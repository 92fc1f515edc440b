import type { Beyond } from '../../../schemas/ask';
import type { Goal } from '../../../schemas/goal';
import { canonicalJson } from '../../../store/digest';
import { isTooOften } from './frequency';
import type { Asking } from './scope';
import { namesFiles } from './scope-sources';
import { asks } from './verbs';
import { has, share, spells, type Words } from './words';

/** What of the head goes beyond the words: when it runs, what a failure leaves, where, under which classes of data. */
export function headBeyond(goal: Goal, asking: Asking): Beyond[] {
  const { words, head, base } = asking;
  const fixed = (key: keyof Goal): boolean =>
    Object.hasOwn(head, key) ||
    (base !== undefined && canonicalJson(base.goal[key] ?? null) === canonicalJson(goal[key] ?? null));
  return [
    ...(goal.schedule && !fixed('schedule') ? scheduled(goal, words) : []),
    ...(goal.trigger && !fixed('trigger') ? triggered(goal, words) : []),
    ...(fixed('onFailure') ? [] : failing(goal, words)),
    ...(fixed('warehouse') || goal.warehouse === asking.warehouse ? [] : elsewhere(goal, words)),
    ...(goal.classification && !fixed('classification') && !asks(words, 'classify')
      ? [
          {
            what: 'classification',
            name: Object.keys(goal.classification).sort().join(', '),
            reason: 'it declares classes of data, which policy decides by, and the words do not ask for that',
          },
        ]
      : []),
  ];
}

function scheduled(goal: Goal, words: Words): Beyond[] {
  const { cron, overlap } = goal.schedule!;
  if (!asks(words, 'repeat'))
    return [
      {
        what: 'schedule',
        name: cron,
        reason: 'it would run by itself, and the words do not ask for it to be repeated',
      },
    ];
  const found: Beyond[] = [];
  const often = isTooOften(cron, words);
  if (often !== undefined) found.push({ what: 'schedule', name: cron, reason: often });
  if (
    ['cancel_other', 'terminate_other', 'allow_all'].includes(overlap) &&
    !has(words, 'overlap') &&
    !asks(words, 'failure')
  )
    found.push({
      what: 'schedule',
      name: `overlap: ${overlap}`,
      reason:
        'a run that is under way would be ended or joined by the next, and the words do not ask for that',
    });
  return found;
}

function triggered(goal: Goal, words: Words): Beyond[] {
  const { after = [], files } = goal.trigger!;
  const arriving = asks(words, 'arrive');
  return [
    ...after
      .filter((name) => !spells(words, name) && share(words, name) < 1)
      .map((name) => ({
        what: 'schedule',
        name: `after ${name}`,
        reason: `it would start whenever the goal ${name} succeeds, and the words do not name that goal`,
      })),
    ...(files && !(arriving && files.every((glob) => namesFiles(words, glob, '')))
      ? [
          {
            what: 'schedule',
            name: files.join(', '),
            reason:
              'it would start whenever there are new files of that name, and the words do not ask for that',
          },
        ]
      : []),
  ];
}

function failing(goal: Goal, words: Words): Beyond[] {
  const usual = goal.schedule || goal.trigger ? 'keep' : 'undo';
  if (goal.onFailure === 'undo' || goal.onFailure === usual || asks(words, 'failure')) return [];
  const leaves =
    goal.onFailure === 'keep'
      ? 'keep what was published before'
      : 'leave everything as it is until a person comes';
  return [
    {
      what: 'onFailure',
      name: goal.onFailure,
      reason: `a failed run would ${leaves} instead of taking all of it back, and the words do not ask for that`,
    },
  ];
}

function elsewhere(goal: Goal, words: Words): Beyond[] {
  // Named as where data come from, it is not where they go.
  const source = goal.steps.some(
    ({ input }) => (input as { from?: { postgres?: string } }).from?.postgres === goal.warehouse,
  );
  if (!source && spells(words, goal.warehouse)) return [];
  return [
    {
      what: 'connection',
      name: goal.warehouse,
      reason: `it would work in the warehouse ${goal.warehouse}, which the words do not name`,
    },
  ];
}
