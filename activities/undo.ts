import { Context } from '@temporalio/activity';
import { ERROR_CODES, fail } from '../schemas/errors';
import type { ChangeRef, LoadedUndo, UndoInput, UndoneRun, UndoRequest } from '../schemas/life';
import type { Proposal } from '../schemas/run';
import type { Change } from '../schemas/change';
import { undoChanges } from './engine/undo-changes';
import { problemOf } from './errors';
import { tellOfFailedUndo } from './notify';
import { startUndo } from './lineage/run';
import { asActivity, capabilityOf, loadBundle, loadChange, stepContext } from './run-context';
import type { Services } from './services';

/** Life of a run, 9: compensation, in reverse order, in one transaction: all of it or nothing. */
export function undo(services: Services, input: UndoInput): Promise<UndoneRun> {
  const { run } = input;
  return asActivity(services, { ...run }, async (scope) => {
    const bundle = await loadBundle(services, run);
    const warehouse = await services.warehouse(bundle);
    const steps = await Promise.all(
      input.changes.map(async (ref) => ({
        change: await loadChange(services, ref),
        capability: capabilityOf(services, ref.kind),
        context: stepContext(services, run, bundle, ref.step, scope),
      })),
    );
    const lineage = startUndo(services, run, input.by);
    const undoId = Context.current().info.workflowExecution?.workflowId;
    const undone = await undoChanges(warehouse.live, steps, { ...run, undoId }).catch(
      async (cause: unknown) => {
        if (!scope.signal.aborted && isFinal(cause)) {
          const problem = problemOf(cause);
          const { code, message } = problem;
          await services.store.record.event(run.runId, 'undo_failed', input.by, { code, message });
          await lineage.refused(problem);
          await tellOfFailedUndo(services, run, problem, input.by);
        }
        throw cause;
      },
    );
    const taken = undone.map((item) => item.step);
    await services.store.together(
      ...(await lineage.done(taken)),
      services.store.record.event(run.runId, 'undone', input.by, { steps: taken }),
    );
    return { steps: undone };
  });
}

/** Whether Temporal will not try it again: what failed for good is counted, and somebody is told. */
function isFinal(cause: unknown): boolean {
  const { attempt, retryPolicy } = Context.current().info;
  return (
    !ERROR_CODES[problemOf(cause).code].retryable || attempt >= (retryPolicy?.maximumAttempts || Infinity)
  );
}

/** What a finished run did, so that it can be undone. Throws `not_found`, `undo_refused`. */
export function loadUndo(services: Services, request: UndoRequest): Promise<LoadedUndo> {
  return asActivity(services, { runId: request.runId }, async () => {
    const [row] = await services.store.runs.find(request.runId);
    if (!row || row.runId !== request.runId) {
      throw fail('not_found', `There is no run ${request.runId}.`, { next: 'List the runs: sluice runs.' });
    }
    const run = { runId: row.runId, goal: row.goal, bundle: row.bundle };
    if (
      !row.document ||
      !row.proposal ||
      !['succeeded', 'undone', 'needs_operator', 'rolled_back'].includes(row.status)
    ) {
      throw fail('undo_refused', `Run ${row.runId} is ${row.status}: there is nothing of it to undo.`, {
        next: row.status === 'waiting' ? `Reject it instead: sluice reject ${row.runId}.` : 'Nothing.',
      });
    }
    const proposal = await services.store.artifacts.getJson<Proposal>(row.proposal);
    const changes: ChangeRef[] = [];
    for (const ref of proposal.changeRefs) {
      const { id, step, kind, title, risk, noop, reads, writes } =
        await services.store.artifacts.getJson<Change>(ref);
      if (!noop) changes.push({ ref, id, step, kind, title, risk, noop, reads, writes });
    }
    const { goal } = await loadBundle(services, run);
    return {
      run,
      warehouse: goal.warehouse,
      owner: goal.owner ?? '',
      document: row.document,
      changes,
      ...(services.queues ? { queues: services.queues } : {}),
    };
  });
}
