import { Context } from '@temporalio/activity';
import { ERROR_CODES, fail } from '../schemas/errors';
import type {
  ChangeRef,
  LoadedUndo,
  LoadUndoInput,
  UndoInput,
  UndoneRun,
  UndoRequest,
} from '../schemas/life';
import { FINAL_STATUSES, mayStand, type Proposal } from '../schemas/run';
import type { Actor } from '../schemas/steering';
import type { Change } from '../schemas/change';
import { undoChanges } from './engine/undo-changes';
import { problemOf } from './errors';
import { countsOnlyVerified } from './guarded';
import { tellOfFailedUndo } from './notify';
import { startUndo } from './lineage/run';
import { assertAgreed } from './propose-undo';
import { asActivity, capabilityOf, loadBundle, loadChange, stepContext } from './run-context';
import type { Services } from './services';

/** Life of a run, 9: compensation, in reverse order, in one transaction: all of it or nothing. */
export function undo(services: Services, input: UndoInput): Promise<UndoneRun> {
  const { run, actor, because, agreed } = input;
  const { by, verified } = actor;
  return asActivity(services, { ...run }, async (scope) => {
    const undoId = Context.current().info.workflowExecution?.workflowId;
    if (agreed) await assertAgreed(services, run, input, { ...agreed, undoId });
    const bundle = await loadBundle(services, run);
    const warehouse = await services.warehouse(bundle);
    const steps = await Promise.all(
      input.changes.map(async (ref) => ({
        change: await loadChange(services, ref),
        capability: capabilityOf(services, ref.kind),
        context: stepContext(services, run, bundle, ref.step, scope),
      })),
    );
    const lineage = startUndo(services, run, by);
    const undone = await undoChanges(warehouse.live, steps, { ...run, undoId }).catch(
      async (cause: unknown) => {
        if (!scope.signal.aborted && isFinal(cause)) {
          const problem = problemOf(cause);
          const { code, message } = problem;
          await services.store.record.event(run.runId, 'undo_failed', by, { code, message, verified });
          await lineage.refused(problem);
          await tellOfFailedUndo(services, run, problem, by);
        }
        throw cause;
      },
    );
    const taken = undone.map((item) => item.step);
    await services.store.together(
      ...(await lineage.done(taken)),
      services.store.record.event(run.runId, 'undone', by, {
        ...{ steps: taken, verified },
        ...(because === undefined ? {} : { because }),
        ...(agreed?.undo === undefined ? {} : { undo: agreed.undo.runId }),
      }),
    );
    return { steps: undone };
  });
}

/** Whether Temporal will not try it again: what failed for good is counted, and somebody is told. */
function isFinal(cause: unknown): boolean {
  const { attempt, retryPolicy } = Context.current().info;
  const { code, final } = problemOf(cause);
  return (
    final === true || !ERROR_CODES[code].retryable || attempt >= (retryPolicy?.maximumAttempts || Infinity)
  );
}

/**
 * What a finished run did, so that it can be undone, and who asks for it: their ticket is redeemed here. Nothing of a
 * run that changed nothing, or that was undone before, stands: no change is to be undone then.
 * Throws `not_found`, `undo_refused`.
 */
export function loadUndo(services: Services, { request, workflowId }: LoadUndoInput): Promise<LoadedUndo> {
  return asActivity(services, { runId: request.runId }, async () => {
    const { store } = services;
    const row = await store.runs.named(request.runId);
    if (!row || row.mode === 'undo') {
      throw fail('not_found', `There is no run ${request.runId}.`, { next: 'List the runs: sluice runs.' });
    }
    const run = { runId: row.runId, goal: row.goal, bundle: row.bundle };
    const actor = await whoAsks(services, run.runId, request, workflowId);
    if (!row.document || !FINAL_STATUSES.has(row.status)) {
      throw fail('undo_refused', `Run ${row.runId} is ${row.status}: it has not ended.`, {
        state: 'Nothing was undone; the run goes on.',
        next:
          row.status === 'waiting'
            ? `Reject it instead: sluice reject ${row.runId}.`
            : `Stop it instead, which takes back what it has applied: sluice cancel ${row.runId}.`,
      });
    }
    const { goal } = await loadBundle(services, run);
    return {
      run,
      warehouse: goal.warehouse,
      owner: goal.owner ?? '',
      document: row.document,
      changes:
        row.mode === 'apply' && row.proposal && mayStand(row.document)
          ? await changesOf(services, row.proposal)
          : [],
      actor,
      guarded: await countsOnlyVerified(services, run),
      ...(services.queues ? { queues: services.queues } : {}),
    };
  });
}

async function changesOf(services: Services, ref: string): Promise<ChangeRef[]> {
  const proposal = await services.store.artifacts.getJson<Proposal>(ref);
  const changes: ChangeRef[] = [];
  for (const ref of proposal.changeRefs) {
    const change = await services.store.artifacts.getJson<Change>(ref);
    const { id, step, kind, title, risk, noop, reads, writes } = change;
    if (!noop) changes.push({ ref, id, step, kind, title, risk, noop, reads, writes });
  }
  return changes;
}

/** Who asks for an undo: whom its ticket vouches for; else whoever the request says, which nobody vouches for. */
async function whoAsks(
  { store }: Services,
  runId: string,
  request: UndoRequest,
  workflowId: string,
): Promise<Actor> {
  const execution = Context.current().info.workflowExecution?.runId ?? '';
  const { by, ticket, via = 'update', id = `${workflowId}/${execution}` } = request;
  const steering = { id, action: 'undo' as const, by: String(by), via, ...(ticket ? { ticket } : {}) };
  const { actor } = await store.steering.put({ runId, steering, execution, verifiedOnly: false });
  return actor;
}
