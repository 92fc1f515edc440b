import { stricter } from '../governance/policy/requirement';
import { undoGate, undoRisk } from '../governance/policy/undo';
import { fail } from '../schemas/errors';
import type { AgreedUndo, ChangeRef, ProposeUndoInput, RunRef, Sealed } from '../schemas/life';
import type { Estimate } from '../schemas/change';
import type { ChangeSummary, Gate, Proposal } from '../schemas/run';
import type { Actor } from '../schemas/steering';
import { digestOf } from '../store/digest';
import { assertApproversStand } from './approvers';
import { readEntry } from './engine/ledger';
import { lookAtUndo } from './engine/look-at-undo';
import { tellOfGate } from './notify';
import { judge, policyDenied } from './policy';
import { asActivity, loadBundle, loadChange } from './run-context';
import { policyPart, viewOf } from './seal';
import type { Services } from './services';
import { TOOL_VERSIONS } from './tools';

/**
 * What taking back a run would do, and who must approve that. Its digest covers the ids of the changes, the texts of
 * their undo, and what they wrote as it is now. Where somebody must approve it, it is put on the record as a run of its
 * own. Throws `undo_refused` where the undo would certainly be, `policy_denied`.
 */
export function proposeUndo(services: Services, input: ProposeUndoInput): Promise<Sealed> {
  const { run, undo, actor } = input;
  return asActivity(services, { ...run, undo: undo.runId }, async () => {
    const proposal = await undoProposal(services, input);
    const [gate] = proposal.gates as [Gate];
    if (gate.denied) throw policyDenied(gate);
    const { store } = services;
    const { hash: ref, write: kept } = store.artifacts.json('proposal', proposal);
    const waits = input.mode === 'apply' && gate.approvers > 0;
    const { digest } = proposal;
    if (!waits) await kept;
    else {
      await store.together(
        kept,
        store.runs.beginUndo({
          ...{ runId: undo.runId, goal: undo.goal, bundle: undo.bundle, workflowId: undo.runId },
          ...{ temporalRunId: input.temporalRunId, startedBy: actor.by, undoes: run.runId },
          ...{ digest, proposal: ref },
        }),
        store.record.event(undo.runId, 'proposed', actor.by, {
          ...{ digest, proposal: ref, gate, undoes: run.runId, verified: actor.verified },
        }),
      );
      const expiresAt = new Date(Date.now() + gate.deadlineMs).toISOString();
      await tellOfGate(services, undo, 'gate_opened', { proposal, gate, expiresAt });
    }
    return { digest, proposal: ref, gate, waits, view: viewOf(proposal, ref, gate) };
  });
}

/**
 * Throws `proposal_stale` when the undo is not the one that was shown or approved any more, or may not be done now.
 * One that was done already, and whose answer was lost, was agreed to when it was done.
 */
export async function assertAgreed(
  services: Services,
  run: RunRef,
  { changes, actor }: { changes: ChangeRef[]; actor: Actor },
  { digest, undo, undoId }: AgreedUndo & { undoId?: string },
): Promise<void> {
  if (undoId !== undefined && (await wasDoneBy(services, run, changes, undoId))) return;
  const ref = undo && (await services.store.runs.get(undo.runId))?.proposal;
  const then = ref ? await services.store.artifacts.getJson<Proposal>(ref) : undefined;
  const author = then?.policy ?? { author: actor.by, authorVerified: actor.verified };
  const now = await undoProposal(services, {
    ...{ run, changes, undo: undo ?? run, guarded: undo !== undefined },
    actor: { by: author.author, verified: author.authorVerified ?? false },
  });
  const [gate] = now.gates as [Gate];
  if (gate.denied) throw policyDenied(gate);
  const more = then ? stricter(gate, then.gates[0]!) : [];
  if (more.length > 0) throw stale(`policy asks for more now: ${more.join('; ')}`);
  if (now.digest !== digest) throw stale('what it would take back is not what it was then');
  if (then) await assertApproversStand(services, undo!, then);
}

async function wasDoneBy(
  services: Services,
  run: RunRef,
  changes: readonly ChangeRef[],
  undoId: string,
): Promise<boolean> {
  const warehouse = await services.warehouse(await loadBundle(services, run));
  return warehouse.live.read(async (session) => {
    for (const { id } of changes) {
      const entry = await readEntry(session, id);
      if (entry?.state === 'undone' && entry.undone?.by === undoId) return true;
    }
    return false;
  });
}

function stale(why: string) {
  return fail('proposal_stale', `The undo is not the one that was agreed to: ${why}.`, {
    state: 'Nothing was undone; the run stands as it was.',
    next: 'Ask for the undo again: sluice undo RUN.',
  });
}

async function undoProposal(
  services: Services,
  input: Pick<ProposeUndoInput, 'run' | 'changes' | 'undo' | 'guarded' | 'actor'>,
): Promise<Proposal> {
  const { run, undo, actor } = input;
  const bundle = await loadBundle(services, run);
  const warehouse = await services.warehouse(bundle);
  const changes = await Promise.all(input.changes.map((ref) => loadChange(services, ref)));
  const look = await warehouse.live.read((session) => lookAtUndo(session, changes, run.runId));
  const row = await services.store.runs.get(run.runId);
  const sealed = row?.proposal
    ? (await services.store.artifacts.getJson<Proposal>(row.proposal)).changes
    : [];
  const summaries = look.standing.flatMap(({ change }) => sealed.filter(({ id }) => id === change.id));
  const judged = await judge(services, bundle, warehouse, {
    ...{ changes: summaries, author: actor.by, authorVerified: actor.verified },
    deadlineMs: bundle.goal.deadlineMs,
  });
  const gate = input.guarded ? undoGate(judged.gate, run.runId) : openGate(judged.gate);
  const policy = { sources: judged.sources, author: actor.by, authorVerified: actor.verified };
  const target = await warehouse.describe();
  const digest = digestOf({
    undoes: run.runId,
    changes: look.standing.map(({ change: { id, undo: text } }) => ({ id, undo: text })),
    fingerprints: look.fingerprints,
    target,
    policy: policyPart(policy, gate),
    tools: TOOL_VERSIONS,
  });
  return {
    goal: run.goal,
    runId: undo.runId,
    number: 1,
    digest,
    changes: look.standing.map(({ change, rows }) => ({
      ...undoOf(summaries.find(({ id }) => id === change.id)!),
      estimate: {
        rows: rows.inserted + rows.updated + rows.deleted,
        ...undoCost(summaries.find(({ id }) => id === change.id)!),
      },
    })),
    changeRefs: [],
    gates: [gate],
    rehearsal: { status: 'not_needed', undoProven: true, checks: [], covers: [], gaps: [] },
    target,
    tools: TOOL_VERSIONS,
    policy,
    undoes: { runId: run.runId, digest: row?.digest ?? '' },
  };
}

/** As the rehearsal of the change showed it. */
function undoCost({ estimate: { undoSeconds, undoLocks } }: ChangeSummary): Estimate {
  return {
    ...(undoSeconds !== undefined && { seconds: undoSeconds }),
    ...(undoLocks !== undefined && { locks: undoLocks }),
  };
}

/** A change of the undo: what it does is what its change said its undo would. */
function undoOf(change: ChangeSummary): ChangeSummary {
  return {
    ...change,
    title: `take back: ${change.title}`,
    risk: undoRisk(change.risk),
    routine: false,
    apply: change.undo,
    undo: '',
    findings: [],
  };
}

/** Outside of protected environments who may run a goal may take it back. */
function openGate(gate: Gate): Gate {
  const { beyond: _beyond, windows: _windows, denied: _denied, ...rest } = gate;
  return { ...rest, approvers: 0, confirm: [], reason: 'whoever may run the goal may take it back' };
}
