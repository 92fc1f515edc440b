import { ApplicationFailure, setHandler, workflowInfo } from '@temporalio/workflow';
import { ERROR_CODES } from '../schemas/errors';
import type { UndoRequest } from '../schemas/life';
import type { RunDocument } from '../schemas/run';
import { statusQuery } from './messages';
import { problemFrom } from './problem';
import { compensation, short } from './proxies';

/**
 * Takes back a run that has ended: all its changes in reverse order, or none. A refusal (later changes stand on it)
 * leaves the run as it was and is this workflow's failure.
 */
export async function undo(request: UndoRequest): Promise<RunDocument> {
  let document: RunDocument | undefined;
  setHandler(
    statusQuery,
    () => document ?? ({ runId: request.runId, workflowId: workflowInfo().workflowId } as RunDocument),
  );
  try {
    const loaded = await short.loadUndo(request);
    document = loaded.document;
    const { steps } = await compensation(loaded.queues).undo({
      run: loaded.run,
      changes: loaded.changes,
      by: request.by,
    });
    const { error: _resolved, nothingNew: _none, ...rest } = loaded.document;
    document = {
      ...rest,
      status: 'undone',
      steps: loaded.document.steps.map((step) => {
        const undone = steps.find((item) => item.step === step.id);
        return undone ? { ...step, status: 'undone', rows: undone.rows } : step;
      }),
    };
    await short.record({ run: loaded.run, document, by: request.by });
    return document;
  } catch (cause) {
    const problem = problemFrom(cause);
    throw ApplicationFailure.create({
      type: problem.code,
      message: problem.message,
      nonRetryable: !ERROR_CODES[problem.code].retryable,
      details: [problem, document],
    });
  }
}
