import {
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { ERROR_CODES, type Problem } from '../schemas/errors';
import type { Admitted, ChangeRef, RunRequest, Sealed } from '../schemas/life';
import type { RunDocument, RunStatus } from '../schemas/run';
import { applySteps } from './apply-steps';
import { compensate } from './compensate';
import { DecisionGate } from './gate';
import { pauseSignal, proposalQuery, resumeSignal, retrySignal, statusQuery, undoSignal } from './messages';
import { planSteps } from './plan-steps';
import { problemFrom } from './problem';
import { short } from './proxies';
import { startRecovery } from './recovery';
import { ownRunId, scheduledStart, startFollowers } from './scheduled';
import { RunState } from './state';
import { untilOpen } from './window';

/**
 * One run of a goal: admit, propose, vet, rehearse, gate, apply, verify, record, and on failure compensate.
 * Takes a {@link RunRequest} from a client, or a goal document from Temporal's own tools.
 */
export async function goal(request: unknown): Promise<RunDocument> {
  const info = workflowInfo();
  const runId = (request as Partial<RunRequest> | null)?.runId ?? ownRunId();
  const scheduledAt = scheduledStart();
  const state = new RunState(runId, info.workflowId);
  const gate = new DecisionGate(state);
  setHandler(statusQuery, () => state.document(), { description: 'The run as `sluice show --json` has it.' });
  setHandler(proposalQuery, () => state.view, { description: 'What it would do, and what its gate asks.' });
  setHandler(pauseSignal, () => state.setPaused(true), { description: 'No further step starts.' });
  setHandler(resumeSignal, () => state.setPaused(false), { description: 'A paused run goes on.' });

  let admitted: Admitted | undefined;
  const started: ChangeRef[] = [];
  try {
    admitted = await short.admit.executeWithOptions({ summary: 'check the goal' }, [
      {
        request,
        runId,
        workflowId: info.workflowId,
        temporalRunId: info.runId,
        ...(scheduledAt === undefined ? {} : { scheduledAt }),
      },
    ]);
    state.admitted(admitted);
    return await finish(admitted, state, await live(admitted, state, gate, started));
  } catch (cause) {
    if (!admitted) throw refused(cause, state);
    return await CancellationScope.nonCancellable(() => unwind(admitted!, state, started, cause));
  }
}

/** From the admitted goal to its end, when nothing goes wrong. */
async function live(
  admitted: Admitted,
  state: RunState,
  gate: DecisionGate,
  started: ChangeRef[],
): Promise<RunStatus> {
  const { changes, rehearsal } = await planSteps(admitted, state);
  const { run, mode, deadlineMs } = admitted;
  const sealed = await short.seal.executeWithOptions({ summary: 'policy and digest' }, [
    { run, mode, deadlineMs, changes, rehearsal, by: admitted.by },
  ]);
  state.digest = sealed.digest;
  state.view = sealed.view;
  if (sealed.standing) state.standing = sealed.standing;
  if (mode === 'plan') return 'planned';
  if (sealed.gate.approvers > 0) {
    state.expiresAt = new Date(Date.now() + sealed.gate.deadlineMs).toISOString();
    state.become('waiting', sealed.gate.name);
    state.describe(sealed.gate);
    const verdict = await gate.wait(run, sealed);
    delete state.expiresAt;
    if (verdict === 'rejected') {
      state.error = gate.rejection();
      return 'rejected';
    }
    if (verdict === 'expired') {
      state.error = expired(sealed);
      return 'expired';
    }
  }
  state.become('applying');
  if (sealed.gate.windows && patched('change-window')) {
    await untilOpen(run, sealed.gate, state);
    state.become('applying');
  }
  const acting = changes.filter((change) => !change.noop);
  await applyOrHold(admitted, acting, sealed, state, started);
  return 'succeeded';
}

/** With `onFailure: hold` a failed step waits for a person, who has it tried again or taken back. */
async function applyOrHold(
  admitted: Admitted,
  acting: ChangeRef[],
  sealed: Sealed,
  state: RunState,
  started: ChangeRef[],
): Promise<void> {
  for (;;) {
    try {
      await applySteps(admitted, acting, sealed, state, started);
      return;
    } catch (cause) {
      if (admitted.onFailure !== 'hold' || isCancellation(cause)) throw cause;
      state.error = problemFrom(cause);
      let answer: 'retry' | 'undo' | undefined;
      setHandler(retrySignal, () => void (answer = 'retry'));
      setHandler(undoSignal, () => void (answer = 'undo'));
      state.become('held', 'operator');
      await putOnRecord(admitted, state);
      await condition(() => answer !== undefined);
      if (answer === 'undo') throw cause;
      delete state.error;
      state.become('applying');
    }
  }
}

async function finish(admitted: Admitted, state: RunState, status: RunStatus): Promise<RunDocument> {
  state.become(status);
  const recorded = await putOnRecord(admitted, state);
  await startFollowers(admitted, recorded);
  await startRecovery(recorded);
  return state.document();
}

function putOnRecord(admitted: Admitted, state: RunState): ReturnType<typeof short.record> {
  return short.record.executeWithOptions({ summary: state.status }, [
    { run: admitted.run, document: state.document(), by: admitted.by },
  ]);
}

/** Something went wrong, or the run was cancelled: take back what was done, say how it ended. Not cancellable. */
async function unwind(
  admitted: Admitted,
  state: RunState,
  started: ChangeRef[],
  cause: unknown,
): Promise<RunDocument> {
  const cancelled = isCancellation(cause);
  const culprit = state.steps.find((step) => step.error !== undefined)?.id;
  state.error = { ...(culprit === undefined ? {} : { step: culprit }), ...problemFrom(cause) };
  const kept = admitted.onFailure === 'keep' && !cancelled;
  const undo = kept ? started.filter((change) => state.step(change.step).status !== 'applied') : started;
  const left = await compensate(admitted, state, undo);
  if (left) {
    state.error = left;
    await finish(admitted, state, 'needs_operator');
  } else if (cancelled) {
    await finish(admitted, state, 'undone');
    // Temporal's own status of a cancelled run is Canceled.
    throw cause;
  } else {
    if (kept) state.error = { ...state.error, state: keptState(state) };
    await finish(admitted, state, ENDS[state.error.code] ?? 'rolled_back');
  }
  throw failed(state);
}

/** How a run ends that failed with one of these. */
const ENDS: Partial<Record<Problem['code'], RunStatus>> = {
  proposal_stale: 'stale',
  policy_denied: 'rejected',
};

function keptState(state: RunState): string {
  const applied = state.steps.filter((step) => step.status === 'applied').map((step) => step.id);
  return applied.length === 0
    ? 'Nothing was changed.'
    : `What was published and verified stays: ${applied.join(', ')}; the rest was undone.`;
}

function expired(sealed: Sealed): Problem {
  return {
    code: 'expired',
    message: `Nobody opened the gate within ${Math.round(sealed.gate.deadlineMs / 1000)} s.`,
    state: 'Nothing was applied.',
    next: 'Run the goal again for a new proposal.',
  };
}

/** Not admitted: there is no run to record, the failure itself says everything. */
function refused(cause: unknown, state: RunState): unknown {
  state.refused(isCancellation(cause) ? 'undone' : 'rolled_back');
  if (isCancellation(cause)) return cause;
  state.error = problemFrom(cause);
  return failed(state);
}

function failed(state: RunState): ApplicationFailure {
  const problem = state.error!;
  return ApplicationFailure.create({
    type: problem.code,
    message: problem.message,
    nonRetryable: !ERROR_CODES[problem.code].retryable,
    details: [problem, state.document()],
  });
}
