import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/client';
import { fail } from '../../../schemas/errors';
import type { UndoRequest } from '../../../schemas/life';
import { mayStand, type Proposal, type RunDocument } from '../../../schemas/run';
import type { RunRow } from '../../../store/runs';
import type { Subject } from '../../../store/identity/tickets';
import { newRunId } from '../run-id';
import type { Link } from '../stack';
import { describeUndo } from './describe-start';
import { inOrder } from './document';
import { findRun, type KnownRun, ofRow } from './find';
import { followRun, type FollowOptions, type Followed } from './follow';
import { asTemporalHasIt } from './execution';
import { lookAt } from './look';
import { steer, ticketed } from './steer';

export interface UndoOptions extends FollowOptions {
  /** Who asks. */
  subject: Subject;
  /** Of the plan that was shown: another undo than that is not done. */
  digest?: string;
}

/** An undo that was planned, or that has come as far as it goes for now. */
export interface Undoing extends Followed {
  /** What is followed: an undo that waits for a decision is a run of its own. */
  run: KnownRun;
}

/**
 * The run that an undo is about. `last`: the newest that changed something and was started by whoever asks. The
 * beginning of several ids: of those the one that changed something. Throws `not_found`, `usage`.
 */
export async function findRunToUndo(link: Link, wanted: string, by: string): Promise<KnownRun> {
  if (wanted !== 'last') return findRun(link, wanted, mayBeUndone);
  const [row] = await link.store.runs.changed({ startedBy: by, limit: 1 });
  if (row) return asTemporalHasIt(link, ofRow(row));
  throw fail('not_found', `No run of ${by} has changed anything.`, {
    next: 'Name the run: sluice runs lists them all.',
  });
}

function mayBeUndone({ mode, document }: RunRow): boolean {
  if (mode !== 'apply') return false;
  return !document || document.status === 'undone' || mayStand(document);
}

/**
 * The run and all that changed something in the same warehouse since, whoever started them, the newest first; what was
 * undone before is left out.
 */
export async function runsBackTo(link: Link, first: KnownRun): Promise<KnownRun[]> {
  const { row } = first;
  if (!row) return [first];
  const warehouse = await warehouseOf(link, row);
  const rows = await link.store.runs.changed({ since: row.startedAt, limit: 1_000 });
  const later: KnownRun[] = [];
  for (const each of rows) {
    if (each.status !== 'undone' && (await warehouseOf(link, each)) === warehouse) later.push(ofRow(each));
  }
  return later;
}

async function warehouseOf(link: Link, { bundle }: RunRow): Promise<string> {
  const { goal, environment } = await link.store.artifacts.getJson<{
    goal: { warehouse: string };
    environment?: string;
  }>(bundle);
  return `${environment ?? ''} ${goal.warehouse}`;
}

/** What taking a run that has ended back would do. Throws `undo_refused` and what else keeps it from being proposed. */
export async function planUndo(
  link: Link,
  run: KnownRun,
  options: UndoOptions,
): Promise<Followed & { proposal?: Proposal }> {
  const request = await requestOf(link, run, options.subject, { mode: 'plan' });
  const workflowId = `${run.runId}-undo-plan-${newRunId('').slice(-6)}`;
  const started = await start(link, workflowId, request);
  const { document, ended } = await followRun(link, { ...run, ...started }, options);
  const { proposal: ref } = document;
  return {
    ...{ document, ended },
    ...(ref === undefined ? {} : { proposal: await link.store.artifacts.getJson<Proposal>(ref) }),
  };
}

/**
 * Takes a run back, however far it has come: one that has ended by an undo workflow, one that is under way or held by
 * telling it so. Comes back with the run as it is then, or with the undo, where that waits for a decision; a refusal is
 * its `error`. Throws `undo_refused` for one that waits: nothing of it was applied.
 */
export async function undoRun(link: Link, run: KnownRun, options: UndoOptions): Promise<Undoing> {
  const look = await lookAt(link, run);
  if (look.kind === 'ended') return undoEnded(link, run, options);
  const status = look.kind === 'open' ? look.document.status : 'planning';
  if (status === 'waiting') {
    throw fail('undo_refused', `Run ${run.runId} waits at its gate: nothing of it was applied.`, {
      next: `Reject it instead: sluice reject ${run.runId}.`,
    });
  }
  await steer(link, run, status === 'held' ? 'undo' : 'cancel', options.subject);
  const followed = await followRun(link, run, options);
  // It was through before it was told to stop.
  const through = followed.ended && followed.document.status === 'succeeded';
  return through ? undoEnded(link, run, options) : { ...followed, run };
}

async function undoEnded(link: Link, run: KnownRun, options: UndoOptions): Promise<Undoing> {
  const { digest } = options;
  const request = await requestOf(link, run, options.subject, digest === undefined ? {} : { digest });
  const undo = await startUndo(link, request);
  const { document, ended } = await followRun(
    link,
    { ...run, ...undo },
    { ...options, until: (seen) => seen.status === 'waiting' || (options.until?.(seen) ?? false) },
  );
  const own = document.undoes !== undefined;
  return {
    document: own ? inOrder(document) : ofRun(document, run),
    ended,
    run: own ? { ...undo, runId: undo.workflowId, goal: run.goal } : run,
  };
}

/** The next attempt's workflow, or the one that is under way: two people may ask at the same time. */
async function startUndo(
  link: Link,
  request: UndoRequest,
): Promise<Pick<KnownRun, 'workflowId' | 'temporalRunId'>> {
  for (let attempt = 1; ; attempt++) {
    const workflowId = `${request.runId}-undo-${attempt}`;
    try {
      return await start(link, workflowId, request);
    } catch (cause) {
      if (!(cause instanceof WorkflowExecutionAlreadyStartedError)) throw cause;
      const { status } = await link.client.workflow.getHandle(workflowId).describe();
      if (status.name === 'RUNNING') return { workflowId };
    }
  }
}

async function start(
  link: Link,
  workflowId: string,
  request: UndoRequest,
): Promise<Pick<KnownRun, 'workflowId' | 'temporalRunId'>> {
  const handle = await link.client.workflow.start('undo', {
    workflowId,
    taskQueue: link.taskQueue,
    args: [request],
    // How long it may live, before its arguments can be read: workflows/versioning.ts.
    memo: { mode: request.mode ?? 'apply' },
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    ...describeUndo(request),
  });
  return { workflowId, temporalRunId: handle.firstExecutionRunId };
}

async function requestOf(
  link: Link,
  { runId }: KnownRun,
  subject: Subject,
  more: Pick<UndoRequest, 'mode' | 'digest'>,
): Promise<UndoRequest> {
  const { action: _undo, ...asked } = await ticketed(link, runId, 'undo', subject);
  return { runId, ...asked, ...more };
}

/** The undo's answer speaks of the run; before it has loaded the run it knows only the id. */
function ofRun(document: RunDocument, run: KnownRun): RunDocument {
  const { goal, runId, workflowId } = run;
  return inOrder({ ...document, goal, runId, workflowId });
}
