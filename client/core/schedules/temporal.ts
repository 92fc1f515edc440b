import { ScheduleNotFoundError, ScheduleOverlapPolicy, type ScheduleOptions } from '@temporalio/client';
import type { Bundle } from '../../../activities/services';
import { durationMs } from '../../../schemas/goal';
import type { RunRequest, WatchRequest } from '../../../schemas/life';
import type { Overlap } from '../../../schemas/overlap';
import type { Schedule } from '../../../schemas/schedule';
import { asIfUtc, instantOf } from '../../../schemas/zoned-time';
import { describeStart } from '../runs/describe-start';
import type { Link } from '../stack';

/** Temporal's ids: of what the clock starts, of a backfill, of looks for new files. No goal's name has a colon. */
export const clockId = (goal: string): string => `sluice-${goal}`;
export const backfillId = (goal: string): string => `sluice-${goal}:backfill`;
export const filesId = (goal: string): string => `sluice-${goal}:files`;

/** What may still be made up for after Temporal was down, of a look for files: the next one sees the same. */
const LOOK_CATCHUP = '10s';

export const OVERLAP: Record<Overlap, ScheduleOverlapPolicy> = {
  skip: ScheduleOverlapPolicy.SKIP,
  buffer_one: ScheduleOverlapPolicy.BUFFER_ONE,
  buffer_all: ScheduleOverlapPolicy.BUFFER_ALL,
  cancel_other: ScheduleOverlapPolicy.CANCEL_OTHER,
  terminate_other: ScheduleOverlapPolicy.TERMINATE_OTHER,
  allow_all: ScheduleOverlapPolicy.ALLOW_ALL,
};

/** The Temporal Schedule that starts a goal by the clock; `undefined` when the goal has no `schedule`. */
export function clockSchedule(bundle: Bundle, ref: string, taskQueue: string): ScheduleOptions | undefined {
  const { goal, schedule } = bundle.goal;
  if (!schedule) return undefined;
  // No run id: each run makes its own.
  const request: RunRequest = { sluice: 'run', bundle: ref, mode: 'apply', by: 'schedule' };
  return {
    scheduleId: clockId(goal),
    spec: {
      cronExpressions: [schedule.cron],
      timezone: schedule.timezone,
      ...(schedule.jitter === undefined ? {} : { jitter: durationMs(schedule.jitter) }),
      ...(schedule.start === undefined ? {} : { startAt: new Date(boundary(schedule.start, schedule)) }),
      ...(schedule.end === undefined ? {} : { endAt: new Date(boundary(schedule.end, schedule)) }),
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'goal',
      // Temporal puts the time behind it.
      workflowId: goal,
      taskQueue,
      args: [request],
      ...describeStart(
        bundle.goal,
        'apply',
        `started by its schedule (${schedule.cron}, ${schedule.timezone})`,
      ),
    },
    policies: {
      overlap: OVERLAP[schedule.overlap],
      catchupWindow: Math.max(durationMs(schedule.catchup), 10_000),
      pauseOnFailure: schedule.pauseOnFailure ?? false,
    },
  };
}

/** The Temporal Schedule that looks for a goal's new files; `undefined` when no files trigger it. */
export function filesSchedule(bundle: Bundle, ref: string, taskQueue: string): ScheduleOptions | undefined {
  const { goal, trigger } = bundle.goal;
  if (!trigger?.files) return undefined;
  const request: WatchRequest = { goal, bundle: ref };
  return {
    scheduleId: filesId(goal),
    spec: { intervals: [{ every: durationMs(trigger.every) }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'watchFiles',
      workflowId: `${goal}-look`,
      taskQueue,
      args: [request],
      staticSummary: `look for new files of ${goal}`,
    },
    policies: {
      // A look that found files is its run's parent: while that lives there is no other.
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: LOOK_CATCHUP,
      pauseOnFailure: trigger.pauseOnFailure ?? false,
    },
  };
}

/** Milliseconds since 1970 of a day's midnight in the schedule's zone, or of an instant. */
export function boundary(text: string, { timezone }: Pick<Schedule, 'timezone'>): number {
  if (text.includes('T')) return Date.parse(text);
  const [year, month, day] = text.split('-').map(Number) as [number, number, number];
  return instantOf(asIfUtc({ year, month, day, hour: 0, minute: 0, second: 0 }), timezone);
}

/** Makes the schedule be as wanted: created, updated (a pause stays), or deleted. Idempotent. */
export async function settle(link: Link, id: string, wanted: ScheduleOptions | undefined): Promise<void> {
  const handle = link.client.schedule.getHandle(id);
  const there = await exists(link, id);
  if (!wanted) {
    if (there) await handle.delete();
    return;
  }
  if (!there) {
    await link.client.schedule.create(wanted);
    return;
  }
  const { spec, action, policies } = wanted;
  await handle.update(({ state }) => ({ spec, action, policies, state }));
}

export async function exists(link: Link, id: string): Promise<boolean> {
  return link.client.schedule
    .getHandle(id)
    .describe()
    .then(
      () => true,
      (cause: unknown) => {
        if (cause instanceof ScheduleNotFoundError) return false;
        throw cause;
      },
    );
}
