import type { Bundle } from '../../../activities/services';
import { fail } from '../../../schemas/errors';
import type { Link } from '../stack';
import { clockWarnings } from './clock-changes';
import { differences } from './differences';
import { clockId, clockSchedule, exists, filesId, filesSchedule, settle } from './temporal';
import { type Timed, timesOf } from './times';

export interface Registered {
  goal: string;
  outcome: 'created' | 'updated' | 'unchanged';
  /** What runs do otherwise from now on, a line each. */
  changes: string[];
  warnings: string[];
}

/**
 * Makes a goal repeat as its document says, by the clock, by new files, after other goals. Idempotent.
 * Throws `invalid_goal` when the document says nothing of the kind, when its time never comes (again), or when goals
 * would start each other for ever.
 */
export async function registerGoal(link: Link, bundle: Bundle, by: string): Promise<Registered> {
  const { goal, schedule, trigger } = bundle.goal;
  if (!schedule && !trigger) {
    throw fail('invalid_goal', `The goal "${goal}" says neither when nor after what it is to run.`, {
      next: 'Give it a `schedule` (cron, timezone) or a `trigger` (files, after), or run it once: sluice apply.',
      place: 'schedule',
    });
  }
  const now = Date.now();
  const ended = schedule ? endWarnings(goal, schedule, now) : [];
  await assertNoCircle(link, goal, trigger?.after ?? []);
  const before = await link.store.schedules.find(goal);
  const ref = await link.store.artifacts.putJson('bundle', bundle);
  const known = (await exists(link, clockId(goal))) === (schedule !== undefined);
  const looked = (await exists(link, filesId(goal))) === (trigger?.files !== undefined);
  const warnings = [...ended, ...clockWarnings(bundle.goal, now)];
  if (before?.bundle === ref && known && looked) {
    return { goal, outcome: 'unchanged', changes: [], warnings };
  }
  const changes = before
    ? differences(await link.store.artifacts.getJson<Bundle>(before.bundle), bundle)
    : [];
  await link.store.schedules.put({ goal, bundle: ref, after: trigger?.after ?? [], by });
  await settle(link, clockId(goal), clockSchedule(bundle, ref, link.taskQueue));
  await settle(link, filesId(goal), filesSchedule(bundle, ref, link.taskQueue));
  return { goal, outcome: before ? 'updated' : 'created', changes, warnings };
}

/** The last year that Temporal's schedules know. */
const LAST_YEAR = 2100;

/**
 * What is to be said of a schedule that has no time left, as its `end` is past: its times can still be backfilled.
 * Throws `invalid_goal` for a cron that never comes (again).
 */
export function endWarnings(goal: string, { cron, timezone, end, start }: Timed, now: number): string[] {
  const last = Date.UTC(LAST_YEAR + 1, 0, 1);
  if (timesOf({ cron, timezone }, now, last, 1).length === 0) {
    throw fail('invalid_goal', `The cron of "${goal}" never comes again: ${cron} (${timezone}).`, {
      state: 'Nothing was registered.',
      next: 'Correct the cron, or its year. To run it once: sluice apply FILE.',
      place: 'schedule.cron',
    });
  }
  if (timesOf({ cron, timezone, start, end }, now, last, 1).length > 0) return [];
  return [`${cron} (${timezone}) has no time left until its end ${end}: no run but of a backfill`];
}

/** Throws `invalid_goal` when one of the goals it comes after comes, by others, after it. */
async function assertNoCircle(link: Link, goal: string, after: readonly string[]): Promise<void> {
  const rows = await link.store.schedules.list();
  const before = new Map(rows.map((row) => [row.goal, row.after]));
  before.set(goal, [...after]);
  const seen = new Set<string>();
  const walk = (name: string, path: readonly string[]): void => {
    if (name === goal && path.length > 0) {
      throw fail(
        'invalid_goal',
        `These goals would start each other for ever: ${[...path, goal].join(' after ')}.`,
        {
          next: 'Take one of them out of `trigger.after`.',
          place: 'trigger.after',
        },
      );
    }
    if (seen.has(name)) return;
    seen.add(name);
    for (const earlier of before.get(name) ?? []) walk(earlier, [...path, name]);
  };
  walk(goal, []);
}
