import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Problem } from '../schemas/errors';
import type { AgreedUndo, LoadedUndo, Sealed, UndoRequest } from '../schemas/life';
import type { RunDocument, RunStatus } from '../schemas/run';
import { type Actor, SLUICE } from '../schemas/steering';
import { failureOf } from './failure';
import { DecisionGate } from './gate';
import { Helm, TEMPORAL } from './helm';
import { proposalQuery, statusQuery } from './messages';
import { cancelledBy, problemFrom } from './problem';
import { compensation, long, short } from './proxies';
import { RunState } from './state';
import { UndoView } from './undo-view';

/**
 * Takes back a run that has ended: all its changes in reverse order, or none. What was protected is taken back once
 * somebody has approved that: until then this is a run of its own, with a proposal and a gate. A refusal (later changes
 * stand on it) leaves the run as it was and is this workflow's failure. Answers with the run as it is then; where the
 * undo was only planned, or not approved, with the undo.
 */
export async function undo(request: UndoRequest): Promise<RunDocument> {
  const { workflowId } = workflowInfo();
  const state = new RunState(workflowId, workflowId);
  const parts: Parts = { state, gate: new DecisionGate(state), helm: new Helm(state, ['undo', 'cancel']) };
  const view = new UndoView(request);
  let document: RunDocument | undefined;
  setHandler(statusQuery, () =>
    state.undoes === undefined
      ? (document ?? ({ runId: request.runId, workflowId } as RunDocument))
      : state.document(),
  );
  setHandler(proposalQuery, () => state.view);
  view.describe();
  try {
    const loaded = await short.loadUndo.executeWithOptions({ summary: request.runId }, [
      { request, workflowId },
    ]);
    document = loaded.document;
    view.list(loaded);
    view.describe(document);
    return await CancellationScope.nonCancellable(() => takeBack(loaded, request, parts, view));
  } catch (cause) {
    const problem = problemFrom(cause);
    view.ended('rolled_back', document, problem);
    if (isCancellation(cause)) throw cause;
    throw failureOf(problem, document);
  }
}

interface Parts {
  state: RunState;
  gate: DecisionGate;
  helm: Helm;
}

async function takeBack(
  loaded: LoadedUndo,
  request: UndoRequest,
  parts: Parts,
  view: UndoView,
): Promise<RunDocument> {
  const { run, changes, actor, document } = loaded;
  const { helm, state } = parts;
  const undo = { ...run, runId: state.runId };
  helm.ready(undo, false, () => false);
  try {
    let agreed: AgreedUndo | undefined =
      request.digest === undefined ? undefined : { digest: request.digest };
    if (changes.length > 0 && (request.mode === 'plan' || loaded.guarded)) {
      const sealed = await helm.underWay(() => propose(loaded, request, state));
      if (request.mode === 'plan') return planned(loaded, sealed, state);
      if (sealed.waits) {
        state.proposesUndo(loaded, sealed);
        const verdict = await helm.underWay(() => decided(undo, sealed, parts));
        if (verdict !== 'approved') return await notApproved(loaded, verdict, parts, view);
        state.become('applying');
        agreed = { digest: sealed.digest, undo };
      }
    }
    const done = await helm.underWay(() => undoAll(loaded, agreed));
    helm.ended();
    // Nothing of it stood: it was undone before, or has changed nothing.
    if (!done) {
      view.nothing(document);
      return document;
    }
    view.ended('undone', done);
    await short.record.executeWithOptions({ summary: 'undone' }, [
      { run, document: done, by: actor.by, actor },
    ]);
    if (agreed?.undo) await ended(loaded, state, 'succeeded', actor);
    return done;
  } catch (cause) {
    helm.ended();
    const stopped = isCancellation(cause);
    const by = stopped ? (helm.stoppedBy ?? TEMPORAL) : SLUICE;
    state.error = stopped ? notUndone(cancelledBy(by, false)) : problemFrom(cause);
    if (state.undoes !== undefined)
      await ended(loaded, state, state.error.code === 'proposal_stale' ? 'stale' : 'rolled_back', by);
    if (stopped && helm.cancelledFromOutside) throw cause;
    throw failureOf(state.error, document);
  } finally {
    await condition(allHandlersFinished);
  }
}

function propose(loaded: LoadedUndo, { mode = 'apply' }: UndoRequest, state: RunState): Promise<Sealed> {
  const { run, changes, guarded, actor } = loaded;
  const temporalRunId = workflowInfo().runId;
  return long.proposeUndo.executeWithOptions({ summary: `what would be undone of ${run.runId}` }, [
    { run, changes, guarded, actor, mode, temporalRunId, undo: { ...run, runId: state.runId } },
  ]);
}

function planned(loaded: LoadedUndo, sealed: Sealed, state: RunState): RunDocument {
  state.proposesUndo(loaded, sealed);
  state.status = 'planned';
  return { ...state.document(), proposal: sealed.proposal };
}

async function decided(
  undo: LoadedUndo['run'],
  sealed: Sealed,
  { state, gate }: Parts,
): ReturnType<DecisionGate['wait']> {
  state.expiresAt = new Date(Date.now() + sealed.gate.deadlineMs).toISOString();
  state.become('waiting', sealed.gate.name);
  state.describe(sealed.gate);
  const verdict = await gate.wait(undo, sealed);
  delete state.expiresAt;
  return verdict;
}

async function notApproved(
  loaded: LoadedUndo,
  verdict: 'rejected' | 'expired',
  { state, gate, helm }: Parts,
  view: UndoView,
): Promise<RunDocument> {
  helm.ended();
  state.error =
    verdict === 'rejected'
      ? gate.rejection()
      : notUndone({
          code: 'expired',
          message: `Nobody opened the gate of the undo of run ${loaded.run.runId} in time.`,
          state: '',
          next: `Ask again if it is still wanted: sluice undo ${loaded.run.runId}.`,
        });
  await ended(loaded, state, verdict, (verdict === 'rejected' ? gate.rejector : undefined) ?? SLUICE);
  view.ended(verdict, loaded.document, state.error);
  return state.document();
}

/** The run as it is once everything that stood of it is undone; `undefined` where nothing stood. */
async function undoAll(loaded: LoadedUndo, agreed?: AgreedUndo): Promise<RunDocument | undefined> {
  const { run, changes, actor, document, queues } = loaded;
  if (changes.length === 0) return undefined;
  const { steps } = await compensation(queues).undo.executeWithOptions(
    { summary: `undo ${changes.length} changes of ${run.runId}`.slice(0, 200) },
    [{ run, changes, actor, ...(agreed ? { agreed } : {}) }],
  );
  const { error: _resolved, nothingNew: _none, ...rest } = document;
  return {
    ...rest,
    status: 'undone',
    steps: document.steps.map((step) => {
      const undone = steps.find((item) => item.step === step.id);
      return undone ? { ...step, status: 'undone', rows: undone.rows } : step;
    }),
  };
}

/** How an undo that was a run of its own ended, in the store. */
async function ended(loaded: LoadedUndo, state: RunState, status: RunStatus, actor: Actor): Promise<void> {
  state.become(status);
  const run = { ...loaded.run, runId: state.runId };
  await short.record.executeWithOptions({ summary: status }, [
    { run, document: state.document(), by: loaded.actor.by, actor },
  ]);
}

const notUndone = (problem: Problem): Problem => ({
  ...problem,
  state: 'Nothing was undone; the run stands as it was.',
});
