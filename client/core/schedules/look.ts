import { ScheduleNotFoundError, type ScheduleDescription } from '@temporalio/client';
import type { Bundle } from '../../../activities/services';
import { standingDocument } from '../../../activities/standing-document';
import { SluiceError } from '../../../schemas/errors';
import type { Overlap } from '../../../schemas/overlap';
import type { Schedule, Trigger } from '../../../schemas/schedule';
import type { RunStatus } from '../../../schemas/run';
import type { StandingGrant } from '../../../schemas/standing';
import { digestOf } from '../../../store/digest';
import type { RunRow } from '../../../store/runs';
import type { ScheduleRow } from '../../../store/schedules';
import type { Link } from '../stack';
import { backfillOfGoal, type BackfillView } from './backfills';
import { rowOf } from './row';
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
  /** A run of it that waits at its gate, while the ones that are due after it are left out or queued. */
  stalled?: { runId: string; since: string };
  /** Past times that are being made up for, or were the last time. */
  backfill?: BackfillView;
  counts: { started: number; skipped: number; missed: number };
  registeredBy: string;
  registeredAt: string;
}

export interface ScheduleDetail extends ScheduleView {
  standing: ScheduledGrant[];
}

/** A standing approval, as far as it is known for the goal that is registered. */
export type ScheduledGrant = StandingGrant & {
  /** Why it does not cover the next run, which would wait at its gate. */
  objection?: string;
};

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
  const bundle = await link.store.artifacts.getJson<Bundle>(row.bundle);
  return { ...view, standing: await Promise.all(standing.map((grant) => judged(link, grant, bundle))) };
}

async function judged(link: Link, grant: StandingGrant, bundle: Bundle): Promise<ScheduledGrant> {
  const approved = await approvedBundle(link, grant);
  if (!approved) return { ...grant, objection: 'what its run was is not known any more' };
  return digestOf(standingDocument(approved)) === digestOf(standingDocument(bundle))
    ? grant
    : { ...grant, objection: 'is for another goal document' };
}

/** What travelled with the run that was approved; `undefined` when the store does not have it any more. */
async function approvedBundle(link: Link, { runId }: StandingGrant): Promise<Bundle | undefined> {
  const run = await link.store.runs.get(runId);
  if (!run) return undefined;
  return link.store.artifacts.getJson<Bundle>(run.bundle).catch((cause: unknown) => {
    if (cause instanceof SluiceError && cause.code === 'not_found') return undefined;
    throw cause;
  });
}

/** Where a run that waits keeps no later one from starting. */
const SIDE_BY_SIDE = new Set<Overlap | undefined>(['allow_all', 'cancel_other', 'terminate_other']);

const ofItsOwn = ({ startedBy }: RunRow): boolean => startedBy === 'schedule' || startedBy === 'new files';

async function viewOf(link: Link, row: ScheduleRow): Promise<ScheduleView> {
  const bundle = await link.store.artifacts.getJson<Bundle>(row.bundle);
  const { goal, schedule, trigger } = bundle.goal;
  const [clock, files, runs, backfill, waiting] = await Promise.all([
    schedule ? descriptionOf(link, clockId(goal)) : undefined,
    trigger?.files ? descriptionOf(link, filesId(goal)) : undefined,
    link.store.runs.list({ goal, limit: 5 }),
    backfillOfGoal(link, goal),
    link.store.runs.list({ goal, status: 'waiting', limit: 50 }),
  ]);
  const stalled = SIDE_BY_SIDE.has(schedule?.overlap) ? undefined : waiting.findLast(ofItsOwn);
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
    ...(stalled && { stalled: { runId: stalled.runId, since: stalled.updatedAt.toISOString() } }),
    ...(backfill && { backfill }),
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
