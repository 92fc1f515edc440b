import { ScheduleNotFoundError, type ScheduleDescription } from '@temporalio/client';
import type { Bundle } from '../../../activities/services';
import { fail } from '../../../schemas/errors';
import type { Schedule, Trigger } from '../../../schemas/schedule';
import type { RunStatus } from '../../../schemas/run';
import type { StandingGrant } from '../../../schemas/standing';
import type { ScheduleRow } from '../../../store/schedules';
import type { Link } from '../stack';
import { clockId, filesId } from './temporal';

/** A goal that repeats, as `schedule list` and `schedule show` give it. Times are ISO 8601. */
export interface ScheduleView {
  goal: string;
  paused: boolean;
  /** Why, in the words of whoever (or whatever) paused it. */
  note?: string;
  schedule?: Schedule;
  trigger?: Trigger;
  next: string[];
  /** Workflows that it started and that still live. */
  running: string[];
  /** Runs of the goal, newest first, whoever started them. */
  recent: { runId: string; status: RunStatus; startedBy: string; startedAt: string }[];
  counts: { started: number; skipped: number; missed: number };
  registeredBy: string;
  registeredAt: string;
}

export interface ScheduleDetail extends ScheduleView {
  standing: StandingGrant[];
}

export async function listSchedules(link: Link): Promise<ScheduleView[]> {
  return Promise.all((await link.store.schedules.list()).map((row) => viewOf(link, row)));
}

/** Throws `not_found`. */
export async function showSchedule(link: Link, goal: string): Promise<ScheduleDetail> {
  const row = await rowOf(link, goal);
  const [view, standing] = await Promise.all([
    viewOf(link, row),
    link.store.standing.list({ goal, active: true }),
  ]);
  return { ...view, standing };
}

/** Throws `not_found`. */
export async function rowOf(link: Link, goal: string): Promise<ScheduleRow> {
  const row = await link.store.schedules.find(goal);
  if (row) return row;
  throw fail('not_found', `There is no schedule of a goal "${goal}".`, {
    next: 'List them: sluice schedule list. Make one: sluice schedule FILE.',
  });
}

async function viewOf(link: Link, row: ScheduleRow): Promise<ScheduleView> {
  const bundle = await link.store.artifacts.getJson<Bundle>(row.bundle);
  const { goal, schedule, trigger } = bundle.goal;
  const [clock, files, runs] = await Promise.all([
    schedule ? descriptionOf(link, clockId(goal)) : undefined,
    trigger?.files ? descriptionOf(link, filesId(goal)) : undefined,
    link.store.runs.list({ goal, limit: 5 }),
  ]);
  const paused = clock?.state.paused || files?.state.paused || row.paused;
  const note = [clock, files].find((found) => found?.state.paused)?.state.note;
  const known = [clock].filter((found) => found !== undefined);
  return {
    goal,
    paused,
    ...(paused && note !== undefined && { note }),
    ...(schedule && { schedule }),
    ...(trigger && { trigger }),
    next: paused ? [] : (clock?.info.nextActionTimes ?? []).map((time) => time.toISOString()),
    running: known.flatMap((found) => found.info.runningActions.map((action) => action.workflow.workflowId)),
    recent: runs.map(({ runId, status, startedBy, startedAt }) => ({
      runId,
      status,
      startedBy,
      startedAt: startedAt.toISOString(),
    })),
    counts: {
      started: clock?.info.numActionsTaken ?? 0,
      skipped: clock?.info.numActionsSkippedOverlap ?? 0,
      missed: clock?.info.numActionsMissedCatchupWindow ?? 0,
    },
    registeredBy: row.registeredBy,
    registeredAt: row.registeredAt.toISOString(),
  };
}

async function descriptionOf(link: Link, id: string): Promise<ScheduleDescription | undefined> {
  return link.client.schedule
    .getHandle(id)
    .describe()
    .catch((cause: unknown) => {
      // Somebody deleted it with Temporal's own tools.
      if (cause instanceof ScheduleNotFoundError) return undefined;
      throw cause;
    });
}
