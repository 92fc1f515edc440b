import type { Bundle } from '../../../activities/services';
import { fail } from '../../../schemas/errors';
import type { Overlap } from '../../../schemas/schedule';
import { startRun } from '../runs/start';
import type { Link } from '../stack';
import { hasTime } from './clock-changes';
import { rowOf } from './look';
import { boundary, clockId, exists, filesId, OVERLAP, settle } from './temporal';

/** Nothing starts the goal any more, until it is resumed; what runs goes on. */
export async function pauseSchedule(link: Link, goal: string, note: string): Promise<void> {
  await rowOf(link, goal);
  await link.store.schedules.pause(goal, true);
  for (const id of await idsOf(link, goal)) await link.client.schedule.getHandle(id).pause(note);
}

export async function resumeSchedule(link: Link, goal: string, note: string): Promise<void> {
  await rowOf(link, goal);
  for (const id of await idsOf(link, goal)) await link.client.schedule.getHandle(id).unpause(note);
  await link.store.schedules.pause(goal, false);
}

/** The runs that it started live on. */
export async function removeSchedule(link: Link, goal: string): Promise<void> {
  await rowOf(link, goal);
  await settle(link, clockId(goal), undefined);
  await settle(link, filesId(goal), undefined);
  await link.store.schedules.remove(goal);
}

/** Starts a run now, whatever else runs; parameters are bound from now. Returns its workflow's id. */
export async function triggerSchedule(link: Link, goal: string, by: string): Promise<string> {
  const row = await rowOf(link, goal);
  const bundle = await link.store.artifacts.getJson<Bundle>(row.bundle);
  const run = await startRun(link, bundle, 'apply', by, { scheduledAt: new Date().toISOString() });
  return run.workflowId;
}

export interface BackfillOptions {
  /** Days (in the schedule's zone, both inclusive) or instants. */
  from: string;
  to: string;
  overlap: Overlap;
}

/**
 * Has the runs of a past span made up for, as if the time passed now. Asking twice starts again what has ended and
 * finds nothing new. Throws `usage` for a span that is none or has no time of
 * the schedule, or of a goal that the clock does not start.
 */
export async function backfillSchedule(
  link: Link,
  goal: string,
  { from, to, overlap }: BackfillOptions,
): Promise<{ from: string; to: string }> {
  const row = await rowOf(link, goal);
  const { schedule } = (await link.store.artifacts.getJson<Bundle>(row.bundle)).goal;
  if (!schedule) {
    throw fail('usage', `The goal "${goal}" has no cron schedule whose times could be made up for.`, {
      next: `Start it once: sluice schedule trigger ${goal}.`,
    });
  }
  const start = boundary(from, schedule);
  const end = to.includes('T') ? boundary(to, schedule) : boundary(nextDay(to), schedule) - 1_000;
  if (!(start <= end)) {
    throw fail('usage', `From ${from} to ${to} is no span of time.`, { next: 'Give the earlier one first.' });
  }
  if (!hasTime(schedule, start, end)) {
    throw fail(
      'usage',
      `${schedule.cron} (${schedule.timezone}) has no time from ${from} to ${to}: no run.`,
      {
        next: 'A day whose time the clocks skipped is made up for by hand: sluice apply FILE --param NAME=DAY.',
      },
    );
  }
  await link.client.schedule
    .getHandle(clockId(goal))
    // Temporal takes the start as exclusive.
    .backfill({ start: new Date(start - 1_000), end: new Date(end), overlap: OVERLAP[overlap] });
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

async function idsOf(link: Link, goal: string): Promise<string[]> {
  const ids = [clockId(goal), filesId(goal)];
  const there = await Promise.all(ids.map((id) => exists(link, id)));
  return ids.filter((_, index) => there[index]);
}
