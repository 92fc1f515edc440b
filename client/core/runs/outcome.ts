import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { FINAL_STATUSES, type RunDocument } from '../../../schemas/run';
import type { Problem } from '../../../schemas/errors';
import { recordClosed } from '../../../store/closed-runs';
import { problemIn } from '../failures';
import type { Link } from '../stack';
import { inOrder } from './document';
import { type KnownRun, rowOf } from './find';

/**
 * How a run whose workflow has ended did end. The workflow's own answer first; where it has none (it was cancelled,
 * terminated, or Temporal has forgotten it) what the store has on record.
 */
export async function outcomeOf(link: Link, run: KnownRun): Promise<RunDocument> {
  const handle = link.client.workflow.getHandle(run.workflowId, run.temporalRunId);
  try {
    return (await handle.result()) as RunDocument;
  } catch (cause) {
    if (!(cause instanceof WorkflowFailedError)) throw cause;
    const { cause: reason } = cause;
    const problem = problemIn(reason);
    const told =
      reason instanceof ApplicationFailure ? (reason.details?.[1] as RunDocument | undefined) : undefined;
    const document = told ?? (await recordedOutcome(link, run));
    // A run that was not admitted does not know its goal's name; whoever started it does.
    if (document)
      return {
        ...document,
        goal: document.goal === '' ? run.goal : document.goal,
        ...(problem ? { error: problem } : {}),
      };
    if (problem) return withoutRecord(run, run.row?.status ?? 'rolled_back', problem);
    if (reason instanceof CancelledFailure) return withoutRecord(run, 'undone', CANCELLED);
    const row = await rowOf(link, run);
    const closed = row && (await recordClosed(link.store, row, endedFromOutside(reason)));
    return closed?.document ? inOrder(closed.document) : withoutRecord(run, 'undone', NOT_ADMITTED);
  }
}

/** The store's document of a run that has ended; `undefined` while it lives. */
export async function recordedOutcome(link: Link, run: KnownRun): Promise<RunDocument | undefined> {
  const document = (await rowOf(link, run))?.document;
  return document && FINAL_STATUSES.has(document.status) ? inOrder(document) : undefined;
}

const CANCELLED: Problem = {
  code: 'cancelled',
  message: 'The run was cancelled before it was admitted.',
  state: 'Nothing was changed.',
  next: 'Run the goal again if it is still wanted.',
};

const NOT_ADMITTED: Problem = {
  code: 'cancelled',
  message: 'The run’s workflow was ended from outside before it was admitted.',
  state: 'Nothing was changed.',
  next: 'Run the goal again if it is still wanted.',
};

function endedFromOutside(reason: unknown): string {
  if (reason instanceof TimeoutFailure) return 'TIMED_OUT';
  return reason instanceof TerminatedFailure ? 'TERMINATED' : 'FAILED';
}

function withoutRecord(run: KnownRun, status: RunDocument['status'], error: Problem): RunDocument {
  const { runId, goal, workflowId, row } = run;
  return { goal, runId, workflowId, status, digest: row?.digest ?? '', steps: [], checks: [], error };
}
