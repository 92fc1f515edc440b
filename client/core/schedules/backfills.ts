import { randomBytes } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import { BACKFILL_MEMO, type BackfillProgress, type BackfillRequest } from '../../../schemas/backfill';
import { fail } from '../../../schemas/errors';
import type { Link } from '../stack';
import { rowOf } from './row';
import type { BackfillPlan } from './plan-backfill';
import { backfillId } from './temporal';

/** What runs of a backfill that would overlap do. */
export const BACKFILL_OVERLAPS = ['buffer_all', 'allow_all'] as const;
export type BackfillOverlap = (typeof BACKFILL_OVERLAPS)[number];

/** With `allow_all` so many live at the same time: a table has one writer at a time all the same. */
const SIDE_BY_SIDE = 5;

/** A goal's backfill, the last one if it has ended. */
export interface BackfillView extends BackfillProgress {
  goal: string;
  startedAt: string;
}

/**
 * Has the runs of a plan started, by a workflow that `pause` and `cancel` reach. A goal has one backfill at a time.
 * Throws `usage` while another one lives.
 */
export async function startBackfill(
  link: Link,
  plan: BackfillPlan,
  { overlap, by }: { overlap: BackfillOverlap; by: string },
): Promise<BackfillView> {
  const { goal, bundle, stopAtFailure } = plan;
  const times = plan.runs.map(({ time }) => new Date(time).toISOString());
  const request: BackfillRequest = {
    goal,
    bundle,
    by,
    times,
    tag: randomBytes(4).toString('hex'),
    atOnce: overlap === 'allow_all' ? SIDE_BY_SIDE : 1,
    stopAtFailure,
  };
  const progress: BackfillProgress = {
    state: 'running',
    by,
    from: times[0]!,
    to: times.at(-1)!,
    total: times.length,
    succeeded: 0,
    failed: 0,
    running: [],
  };
  const start = link.client.workflow.start('backfill', {
    workflowId: backfillId(goal),
    taskQueue: link.taskQueue,
    args: [request],
    memo: { [BACKFILL_MEMO]: progress },
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
    staticSummary: `backfill of ${goal}: ${times.length} runs`,
    staticDetails: `Starts the runs of \`${goal}\` for ${times.length} times from ${progress.from} to ${progress.to}, asked by ${by}.`,
  });
  await start.catch(async (cause: unknown) => {
    if (!(cause instanceof WorkflowExecutionAlreadyStartedError)) throw cause;
    const there = await backfillOfGoal(link, goal);
    throw fail(
      'usage',
      `A backfill of ${goal} goes on already: ${there ? doneText(there) : 'it has just begun'}.`,
      {
        state: 'No other run was started.',
        next: `Wait for it (sluice schedule show ${goal}), or stop it: sluice schedule backfill cancel ${goal}.`,
      },
    );
  });
  return { ...progress, goal, startedAt: new Date().toISOString() };
}

/** `2 of 6 runs, 1 of them failed` */
export function doneText({ succeeded, failed, total }: BackfillProgress): string {
  return `${succeeded + failed} of ${total} runs${failed === 0 ? '' : `, ${failed} of them failed`}`;
}

/** The backfill of a goal that lives, else the last one that Temporal still knows. */
export async function backfillOfGoal(link: Link, goal: string): Promise<BackfillView | undefined> {
  const found = await link.client.workflow
    .getHandle(backfillId(goal))
    .describe()
    .catch((cause: unknown) => {
      if (cause instanceof WorkflowNotFoundError) return undefined;
      throw cause;
    });
  const progress = found?.memo?.[BACKFILL_MEMO] as BackfillProgress | undefined;
  if (!found || !progress) return undefined;
  // Somebody ended it with Temporal's own tools before it could say so.
  const ended = found.status.name !== 'RUNNING' && ['running', 'paused'].includes(progress.state);
  return {
    ...progress,
    ...(ended ? { state: 'cancelled', running: [] } : {}),
    goal,
    startedAt: found.startTime.toISOString(),
  };
}

/** Backfills of all registered goals, those that live and the last one of each goal. */
export async function listBackfills(link: Link): Promise<BackfillView[]> {
  const rows = await link.store.schedules.list();
  const found = await Promise.all(rows.map(({ goal }) => backfillOfGoal(link, goal)));
  return found.filter((view) => view !== undefined);
}

/**
 * Starts no more runs of a goal's backfill; those that live go on. Returns how far it was.
 * Throws `not_found` when none lives.
 */
export async function cancelBackfill(link: Link, goal: string): Promise<BackfillView> {
  await rowOf(link, goal);
  const view = await backfillOfGoal(link, goal);
  if (!view || (view.state !== 'running' && view.state !== 'paused')) {
    throw fail('not_found', `No backfill of ${goal} goes on.`, {
      next: 'List them: sluice schedule backfill list.',
    });
  }
  await steerBackfill(link, goal, 'cancel');
  return { ...view, state: 'cancelled' };
}

/** Does nothing where none lives. */
export async function steerBackfill(
  link: Link,
  goal: string,
  what: 'pause' | 'resume' | 'cancel',
): Promise<void> {
  const handle = link.client.workflow.getHandle(backfillId(goal));
  await (what === 'cancel' ? handle.cancel() : handle.signal(what)).catch((cause: unknown) => {
    if (!(cause instanceof WorkflowNotFoundError)) throw cause;
  });
}
