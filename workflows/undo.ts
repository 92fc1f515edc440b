import { ApplicationFailure, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import { ERROR_CODES } from '../schemas/errors';
import type { LoadedUndo, UndoRequest } from '../schemas/life';
import type { RunDocument } from '../schemas/run';
import { statusQuery } from './messages';
import { problemFrom } from './problem';
import { compensation, short } from './proxies';
import { UndoView } from './undo-view';

/**
 * Takes back a run that has ended: all its changes in reverse order, or none. A refusal (later changes stand on it)
 * leaves the run as it was and is this workflow's failure.
 */
export async function undo(request: UndoRequest): Promise<RunDocument> {
  let document: RunDocument | undefined;
  const view = new UndoView(request);
  setHandler(
    statusQuery,
    () => document ?? ({ runId: request.runId, workflowId: workflowInfo().workflowId } as RunDocument),
  );
  try {
    view.describe();
    const loaded = await short.loadUndo.executeWithOptions({ summary: request.runId }, [request]);
    document = loaded.document;
    listed(loaded, view);
    const { steps } = await compensation(loaded.queues).undo.executeWithOptions(
      { summary: `undo ${loaded.changes.length} changes of ${request.runId}`.slice(0, 200) },
      [{ run: loaded.run, changes: loaded.changes, by: request.by }],
    );
    const { error: _resolved, nothingNew: _none, ...rest } = loaded.document;
    document = {
      ...rest,
      status: 'undone',
      steps: loaded.document.steps.map((step) => {
        const undone = steps.find((item) => item.step === step.id);
        return undone ? { ...step, status: 'undone', rows: undone.rows } : step;
      }),
    };
    view.ended('undone', document);
    await short.record.executeWithOptions({ summary: 'undone' }, [
      { run: loaded.run, document, by: request.by },
    ]);
    return document;
  } catch (cause) {
    const problem = problemFrom(cause);
    view.ended('rolled_back', document, problem);
    throw ApplicationFailure.create({
      type: problem.code,
      message: problem.message,
      nonRetryable: !ERROR_CODES[problem.code].retryable,
      details: [problem, document],
    });
  }
}

/** From here on it can be found by its goal, like the run itself; histories from before could not. */
function listed(loaded: LoadedUndo, view: UndoView): void {
  if (patched('undo-search-attributes')) view.list(loaded);
  view.describe(loaded.document);
}
