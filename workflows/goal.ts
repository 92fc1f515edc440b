import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Problem } from '../schemas/errors';
import type { Admitted, ChangeRef, RunRequest, Sealed } from '../schemas/life';
import type { RunDocument, RunStatus } from '../schemas/run';
import { type Actor, SLUICE } from '../schemas/steering';
import { applySteps } from './apply-steps';
import { compensate } from './compensate';
import { failureOf } from './failure';
import { DecisionGate } from './gate';
import { Helm, TEMPORAL } from './helm';
import { proposalQuery, statusQuery } from './messages';
import { planSteps } from './plan-steps';
import { cancelledBy, heldBack, problemFrom } from './problem';
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
  const helm = new Helm(state);

  let admitted: Admitted;
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
  } catch (cause) {
    throw refused(cause, state);
  }
  // Whether a cancellation is obeyed is decided at the helm.
  return CancellationScope.nonCancellable(() => run(admitted, { state, gate, helm, started }));
}

/** The parts of one run. */
interface Parts {
  state: RunState;
  gate: DecisionGate;
  helm: Helm;
  /** Each change before it is attempted. */
  started: ChangeRef[];
}

async function run(admitted: Admitted, parts: Parts): Promise<RunDocument> {
  const { state, gate, helm, started } = parts;
  helm.ready(admitted.run, admitted.guarded === true, () => started.length > 0);
  try {
    const status = await helm.underWay(() => live(admitted, parts));
    const end = (): Promise<RunDocument> => finish(admitted, state, status, ENDED_BY[status]?.(gate));
    return await helm.underWay(end).catch((cause: unknown) => {
      if (isCancellation(cause) && helm.heldBack) return end();
      throw cause;
    });
  } catch (cause) {
    return await unwind(admitted, parts, cause);
  } finally {
    helm.ended();
    await condition(allHandlersFinished);
  }
}

/** Who is on record for an end that is not the doing of whoever started the run. */
const ENDED_BY: Partial<Record<RunStatus, (gate: DecisionGate) => Actor | undefined>> = {
  rejected: (gate) => gate.rejector,
  expired: () => SLUICE,
};

/** From the admitted goal to its end, when nothing goes wrong. */
async function live(admitted: Admitted, parts: Parts): Promise<RunStatus> {
  const { state, gate } = parts;
  const { changes, rehearsal } = await planSteps(admitted, state);
  const { run, mode, deadlineMs } = admitted;
  const sealed = await short.seal.executeWithOptions({ summary: 'policy and digest' }, [
    { run, mode, deadlineMs, changes, rehearsal, by: admitted.by },
  ]);
  state.digest = sealed.digest;
  state.view = sealed.view;
  if (sealed.standing) state.standing = sealed.standing;
  if (mode === 'plan') return 'planned';
  if (sealed.waits) {
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
  const acting = changes.filter((change) => !change.noop);
  if (sealed.gate.windows && acting.length > 0) {
    await untilOpen(run, sealed.gate, state);
    state.become('applying');
  }
  await applyOrHold(admitted, acting, sealed, parts);
  return 'succeeded';
}

/**
 * With `onFailure: hold` a failed step waits for a person, who has it tried again or taken back; so does a guarded run
 * that Temporal was told to cancel after it had changed something.
 */
async function applyOrHold(
  admitted: Admitted,
  acting: ChangeRef[],
  sealed: Sealed,
  { state, helm, started }: Parts,
): Promise<void> {
  for (;;) {
    try {
      return await helm.underWay(() => applySteps(admitted, acting, sealed, state, started));
    } catch (cause) {
      const stopped = isCancellation(cause);
      if (stopped ? !helm.heldBack : admitted.onFailure !== 'hold') throw cause;
      state.error = stopped ? heldBack(state) : problemFrom(cause);
      state.become('held', 'operator');
      await putOnRecord(admitted, state, SLUICE);
      if ((await helm.answered()) === 'undo') throw cause;
      delete state.error;
      state.become('applying');
    }
  }
}

async function finish(
  admitted: Admitted,
  state: RunState,
  status: RunStatus,
  actor?: Actor,
): Promise<RunDocument> {
  state.become(status);
  const recorded = await putOnRecord(admitted, state, actor);
  await startFollowers(admitted, recorded);
  await startRecovery(recorded);
  return state.document();
}

function putOnRecord(admitted: Admitted, state: RunState, actor?: Actor): ReturnType<typeof short.record> {
  return short.record.executeWithOptions({ summary: state.status }, [
    { run: admitted.run, document: state.document(), by: admitted.by, ...(actor ? { actor } : {}) },
  ]);
}

/** Something went wrong, or the run was stopped: take back what was done, say how it ended. Not cancellable. */
async function unwind(
  admitted: Admitted,
  { state, helm, started }: Parts,
  cause: unknown,
): Promise<RunDocument> {
  helm.ended();
  const cancelled = isCancellation(cause);
  // Nobody asks for a compensation but who stopped the run; what failed is undone by Sluice.
  const actor = helm.stoppedBy ?? (cancelled ? TEMPORAL : SLUICE);
  const culprit = state.steps.find((step) => step.error !== undefined)?.id;
  const problem = cancelled ? cancelledBy(actor, started.length > 0) : problemFrom(cause);
  state.error = { ...(culprit === undefined ? {} : { step: culprit }), ...problem };
  const kept = admitted.onFailure === 'keep' && !cancelled;
  const undo = kept ? started.filter((change) => state.step(change.step).status !== 'applied') : started;
  const left = await compensate(admitted, state, undo, actor);
  if (left) {
    state.error = left;
    await finish(admitted, state, 'needs_operator', actor);
  } else if (cancelled) {
    const document = await finish(admitted, state, 'undone', actor);
    // Temporal's own status of a run that it was told to cancel is Canceled.
    if (helm.cancelledFromOutside) throw cause;
    return document;
  } else {
    if (kept) state.error = { ...state.error, state: keptState(state) };
    await finish(admitted, state, ENDS[state.error.code] ?? 'rolled_back', actor);
  }
  throw failureOf(state.error, state.document());
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
  return failureOf(state.error, state.document());
}
