import type { WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { RunDocument } from '../../../schemas/run';
import type { Link } from '../stack';
import type { KnownRun } from './find';
import { outcomeOf, recordedOutcome } from './outcome';
import { waitedFor } from './waits';

/** Milliseconds the server has to answer; it does in a few, unless it has stopped. */
const ANSWER_MS = 10_000;

/** Milliseconds a worker has to answer a query; one that is busy or starting is asked again. */
const QUERY_MS = 2_000;

export type Look =
  /** The run has ended. */
  | { kind: 'ended'; document: RunDocument }
  | { kind: 'open'; document: RunDocument }
  /** The workflow is open, but no worker answers for it. */
  | { kind: 'silent' };

/**
 * One look at a run, as it is now. The server knows whether it is open; what it does, only its worker can say (also,
 * for a while, of a workflow that was terminated: what it answers then is no longer so).
 * Throws what `isLostService` knows when Temporal or the store is away.
 */
export async function lookAt(link: Link, run: KnownRun): Promise<Look> {
  const handle = link.client.workflow.getHandle(run.workflowId, run.temporalRunId);
  const query = link.client.withDeadline(Date.now() + QUERY_MS, () => handle.query<RunDocument>('status'));
  // No worker, or one that is starting, or a workflow that has not begun.
  const answer = query.catch(() => undefined);
  let waitsFor: string | undefined;
  try {
    const ended = await link.client.withDeadline(Date.now() + ANSWER_MS, async () => {
      const description = await handle.describe();
      if (!isOpen(description)) return outcomeOf(link, run);
      waitsFor = await waitedFor(link, description);
      return undefined;
    });
    if (ended) return { kind: 'ended', document: ended };
  } catch (cause) {
    if (!(cause instanceof WorkflowNotFoundError)) throw cause;
    // Temporal keeps ended workflows for a while; the store keeps them for good.
    const document = await recordedOutcome(link, run);
    if (!document) throw cause;
    return { kind: 'ended', document };
  } finally {
    // Nobody may be left asking when the connection is closed: the client's next attempt would throw into the void.
    await answer;
  }
  const document = await answer;
  if (!document) return { kind: 'silent' };
  return { kind: 'open', document: { ...named(document, run), ...(waitsFor && { waitsFor }) } };
}

/** The run as it is now, as far as anybody can tell. What has ended is as the store has it: it may be undone since. */
export async function runNow(link: Link, run: KnownRun): Promise<RunDocument> {
  const recorded = await recordedOutcome(link, run);
  if (recorded) return recorded;
  const look = await lookAt(link, run);
  return look.kind === 'silent' ? (run.row?.document ?? unheard(run)) : look.document;
}

function isOpen({ status }: WorkflowExecutionDescription): boolean {
  return status.name === 'RUNNING' || status.name === 'PAUSED';
}

/** What is known of a run before its workflow has said anything. */
export function unheard(run: KnownRun): RunDocument {
  const { goal, runId, workflowId, row } = run;
  return {
    goal,
    runId,
    workflowId,
    status: row?.status ?? 'planning',
    digest: row?.digest ?? '',
    steps: [],
    checks: [],
  };
}

/** Until it is admitted (or, of an undo, loaded) the workflow knows little more than its id. */
function named(document: Partial<RunDocument>, run: KnownRun): RunDocument {
  return { ...unheard(run), ...document, goal: document.goal ? document.goal : run.goal };
}
