import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/client';
import type { UndoRequest } from '../../../schemas/life';
import { fail } from '../../../schemas/errors';
import type { RunDocument } from '../../../schemas/run';
import type { Link } from '../stack';
import { describeUndo } from './describe-start';
import { inOrder } from './document';
import type { KnownRun } from './find';
import { followRun, type FollowOptions, type Followed } from './follow';
import { lookAt } from './look';

export interface UndoOptions extends FollowOptions {
  by: string;
}

/**
 * Takes a run back, however far it has come: one that has ended by an undo workflow, one that is held by telling it
 * so, one that is under way by cancelling it. Returns the run as it is then; a refusal is its `error`.
 * Throws `undo_refused` for one that waits: nothing of it was applied.
 */
export async function undoRun(link: Link, run: KnownRun, options: UndoOptions): Promise<Followed> {
  const look = await lookAt(link, run);
  if (look.kind === 'ended') return undoEnded(link, run, options);
  const status = look.kind === 'open' ? look.document.status : 'planning';
  if (status === 'waiting') {
    throw fail('undo_refused', `Run ${run.runId} waits at its gate: nothing of it was applied.`, {
      next: `Reject it instead: sluice reject ${run.runId}.`,
    });
  }
  const handle = link.client.workflow.getHandle(run.workflowId, run.temporalRunId);
  if (status === 'held') await handle.signal('undo');
  else await handle.cancel();
  const followed = await followRun(link, run, options);
  // It was through before the cancellation reached it.
  const through = followed.ended && followed.document.status === 'succeeded';
  return through ? undoEnded(link, run, options) : followed;
}

async function undoEnded(link: Link, run: KnownRun, options: UndoOptions): Promise<Followed> {
  const request: UndoRequest = { runId: run.runId, by: options.by };
  const undo = await startUndo(link, request);
  const { document, ended } = await followRun(link, { ...run, ...undo }, options);
  return { document: ofRun(document, run), ended };
}

/** The next attempt's workflow, or the one that is under way: two people may ask at the same time. */
async function startUndo(
  link: Link,
  request: UndoRequest,
): Promise<Pick<KnownRun, 'workflowId' | 'temporalRunId'>> {
  for (let attempt = 1; ; attempt++) {
    const workflowId = `undo-${request.runId}-${attempt}`;
    try {
      const handle = await link.client.workflow.start('undo', {
        workflowId,
        taskQueue: link.taskQueue,
        args: [request],
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        ...describeUndo(request),
      });
      return { workflowId, temporalRunId: handle.firstExecutionRunId };
    } catch (cause) {
      if (!(cause instanceof WorkflowExecutionAlreadyStartedError)) throw cause;
      const { status } = await link.client.workflow.getHandle(workflowId).describe();
      if (status.name === 'RUNNING') return { workflowId };
    }
  }
}

/** The undo's answer speaks of the run; before it has loaded the run it knows only the id. */
function ofRun(document: RunDocument, run: KnownRun): RunDocument {
  const { goal, runId, workflowId } = run;
  return inOrder({ ...document, goal, runId, workflowId });
}
