import type { Bundle } from '../../../activities/services';
import { bindTime } from '../../../capabilities/time-params';
import { fail } from '../../../schemas/errors';
import type { Goal, ParamValue } from '../../../schemas/goal';
import { timestampText } from '../../../schemas/zoned-time';
import type { Link } from '../stack';
import { type LeftOut, periodsLeftOut } from './left-out';
import { rowOf } from './row';
import { boundary } from './temporal';
import { leftOutOf, timesOf } from './times';

/** More than that is no span that anybody can look over. */
export const MOST_RUNS = 10_000;

export interface BackfillPlan {
  goal: string;
  /** The registered bundle, by its hash. */
  bundle: string;
  zone: string;
  stopAtFailure: boolean;
  runs: BackfillRun[];
  /** Periods within the span that no run gets, as the clocks leave their time out. */
  leftOut: LeftOut[];
}

export interface BackfillRun {
  /** ISO 8601 with the zone's offset: the time it is for. */
  time: string;
  /** What is bound from that time. */
  params: Record<string, ParamValue>;
}

/**
 * The runs of a schedule's times in a past span, and what each would get. Days are those of the schedule's zone, both
 * inclusive; instants are given with their offset. Starts nothing.
 * Throws `usage` where the clock does not start the goal, where nothing is bound from the time, and for a span that is
 * none, has no time of the schedule, or too many.
 */
export async function planBackfill(
  link: Link,
  goal: string,
  span: { from: string; to: string },
): Promise<BackfillPlan> {
  const row = await rowOf(link, goal);
  return backfillOf((await link.store.artifacts.getJson<Bundle>(row.bundle)).goal, row.bundle, span);
}

/** The same of a registered goal. */
export function backfillOf(
  { goal, schedule, timeParams }: Pick<Goal, 'goal' | 'schedule' | 'timeParams'>,
  bundle: string,
  { from, to }: { from: string; to: string },
): BackfillPlan {
  if (!schedule) {
    throw fail('usage', `The goal "${goal}" has no cron schedule whose times could be made up for.`, {
      next: `Start it once: sluice schedule trigger ${goal}.`,
    });
  }
  if (!timeParams) {
    throw fail('usage', `The goal "${goal}" binds nothing from the time: every run would do the same.`, {
      state: 'No run was started.',
      next: `Start it once: sluice schedule trigger ${goal}. Or give it a parameter with from: schedule (docs/schedules.md).`,
    });
  }
  const start = boundary(from, schedule);
  const end = to.includes('T') ? boundary(to, schedule) : boundary(nextDay(to), schedule) - 1;
  if (!(start <= end)) {
    throw fail('usage', `From ${from} to ${to} is no span of time.`, { next: 'Give the earlier one first.' });
  }
  const times = timesOf(schedule, start, end, MOST_RUNS + 1);
  if (times.length === 0)
    throw noTime(goal, `from ${from} to ${to}`, schedule, leftOutOf(schedule, start, end));
  if (times.length > MOST_RUNS) {
    throw fail('usage', `From ${from} to ${to} are more than ${MOST_RUNS} times of ${schedule.cron}.`, {
      state: 'No run was started.',
      next: 'Give a shorter span, one after the other.',
    });
  }
  const zone = schedule.timezone;
  return {
    goal,
    bundle,
    zone,
    stopAtFailure: schedule.pauseOnFailure ?? false,
    runs: times.map((time) => ({
      time: timestampText(time, zone),
      params: bindTime(timeParams, time, zone),
    })),
    leftOut: periodsLeftOut({ schedule, timeParams }, start, end),
  };
}

function noTime(
  goal: string,
  span: string,
  { cron, timezone, start, end }: NonNullable<Goal['schedule']>,
  skipped: readonly number[],
): Error {
  const within = start === undefined && end === undefined ? '' : ', within its own start and end,';
  return fail('usage', `${cron} (${timezone})${within} has no time ${span}: no run.`, {
    state: 'No run was started.',
    next:
      skipped.length > 0
        ? 'A day whose time the clocks skipped is made up for by hand: sluice apply FILE --param NAME=DAY.'
        : `See when it runs: sluice schedule show ${goal}.`,
  });
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
