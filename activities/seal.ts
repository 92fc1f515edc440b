import { DEFAULT_POLICY } from '../governance/policy/default';
import type { Asked } from '../schemas/ask';
import type { Change, Estimate, RelationName } from '../schemas/change';
import type { SealInput, Sealed } from '../schemas/life';
import type {
  ChangeSummary,
  Gate,
  LeftStep,
  PolicyRecord,
  Proposal,
  ProposalView,
  RehearsalReport,
} from '../schemas/run';
import type { Standing } from '../schemas/standing';
import { digestOf } from '../store/digest';
import type { Warehouse } from '../warehouses/warehouse';
import { judge, policyDenied } from './policy';
import { leftSteps } from './left-steps';
import { emitProposed } from './lineage/run';
import { asActivity, loadBundle, loadChange } from './run-context';
import type { Bundle, Services } from './services';
import { tellOfGate } from './notify';
import { judgeStanding, openedBy, standingKey } from './standing';
import { TOOL_VERSIONS } from './tools';

/** How much of a change's text the workflow keeps for its query; the whole is in the store. */
const VIEW_TEXT = 1_000;

/**
 * What a decision is bound to. Not in it: the run's id and estimates, so that the same artifacts on the same
 * structure under the same policy have the same digest wherever and whenever they are proposed.
 */
export function proposalDigest(parts: {
  bundle: Bundle;
  changes: readonly Change[];
  target: Record<string, string>;
  settings: Record<string, string>;
  gate: Gate;
  policy: PolicyRecord;
  rehearsal: string;
}): string {
  const { goal, asked } = parts.bundle;
  return digestOf({
    goal,
    changes: parts.changes.map(
      ({ id: _id, estimate: _estimate, findings: _findings, lineage: _lineage, observed, ...content }) => ({
        ...content,
        // How many rows a plan reads may differ from one sample to the next.
        ...(observed && { observed: observed.map(({ scanned: _scanned, ...fact }) => fact) }),
      }),
    ),
    target: parts.target,
    settings: parts.settings,
    policy: policyPart(parts.policy, parts.gate),
    rehearsal: parts.rehearsal,
    tools: TOOL_VERSIONS,
    ...(asked && { asked: askedPart(asked) }),
  });
}

/** Whoever asks the same in the same words, and is answered the same, has the same digest. */
function askedPart({ askId: _askId, by: _by, ...asked }: Asked): object {
  return asked;
}

/** Who started it is not in the digest: whoever proposes the same has the same digest, and is named at the gate. */
export function policyPart(policy: PolicyRecord, { notAlone, ...gate }: Gate): object {
  return { name: policyName(policy), gate: notAlone ? { ...gate, separate: true } : gate };
}

/** The policies that held, with the hashes of their texts. */
function policyName({ sources }: PolicyRecord): string {
  return sources.length === 0 ? DEFAULT_POLICY : sources.map(({ name, hash }) => `${name}@${hash}`).join(' ');
}

/** Who started the run: as its client, which had verified them, put it on the record; else as the request says. */
async function authorOf(
  services: Services,
  input: SealInput,
): Promise<{ author: string; authorVerified: boolean }> {
  const verified = await services.store.record.verifiedAuthor(input.run.runId, input.run.bundle);
  return { author: verified ?? input.by ?? '', authorVerified: verified !== undefined };
}

/** Life of a run, 5: policy is evaluated, and everything that would happen put under one digest. */
export function seal(services: Services, input: SealInput): Promise<Sealed> {
  const { run } = input;
  return asActivity(services, { ...run }, async () => {
    const bundle = await loadBundle(services, run);
    const warehouse = await services.warehouse(bundle);
    const changes = await Promise.all(input.changes.map((ref) => loadChange(services, ref)));
    const made = madeHere(changes);
    const summaries = changes.map((change) => summary(change, input, made));
    const { author, authorVerified } = await authorOf(services, input);
    const judged = await judge(services, bundle, warehouse, {
      changes: summaries,
      author,
      authorVerified,
      deadlineMs: input.deadlineMs,
      simulated: input.rehearsal.simulated,
    });
    const { gate } = judged;
    const policy = { sources: judged.sources, author, authorVerified };
    const target = await warehouse.describe();
    const key = standingKey({
      bundle,
      target,
      settings: warehouse.sessionSettings,
      policy: policyName(policy),
    });
    const standing =
      input.mode !== 'apply'
        ? undefined
        : gate.beyond
          ? { key, why: ['no standing approval covers what goes beyond the words'] }
          : input.rehearsal.simulated !== undefined
            ? { key, why: ['no standing approval covers a simulated rehearsal'] }
            : await judgeStanding(services, run, key, gate, changes, summaries);
    const steps = bundle.goal.steps.map(({ id }) => id);
    const left = await warehouse.live.read((live) => leftSteps(live, run.goal, steps));
    const parts = { bundle, warehouse, changes, summaries, gate, policy, target, standing, left };
    const proposal = proposalOf(input, parts);
    const { store } = services;
    const { hash: ref, write: kept } = store.artifacts.json('proposal', proposal);
    const nothing = changes.every((change) => change.noop);
    const open = openedBy(gate, standing);
    // Where nothing would happen there is nothing to decide on, whatever the gate says.
    const waits = input.mode === 'apply' && open.approvers > 0 && !nothing;
    const status = input.mode === 'plan' ? 'planned' : waits ? 'waiting' : 'applying';
    await store.together(
      kept,
      store.runs.proposed(run.runId, status, proposal.digest, ref),
      emitProposed(services, run, proposal),
      store.record.event(run.runId, 'proposed', 'sluice', {
        digest: proposal.digest,
        proposal: ref,
        gate,
        policy: policy.sources,
        ...(standing?.covered && { standing: standing.covered }),
      }),
    );
    // What would be denied is shown by a plan, and refused where it would be done.
    if (gate.denied && input.mode === 'apply') throw policyDenied(gate);
    if (status === 'waiting') {
      const expiresAt = new Date(Date.now() + open.deadlineMs).toISOString();
      await tellOfGate(services, run, 'gate_opened', { proposal, gate: open, expiresAt });
    }
    return {
      digest: proposal.digest,
      proposal: ref,
      gate: open,
      waits,
      view: viewOf(proposal, ref, open),
      ...(standing?.covered && { standing: standing.covered }),
    };
  });
}

function proposalOf(
  input: SealInput,
  parts: {
    bundle: Bundle;
    warehouse: Warehouse;
    changes: Change[];
    summaries: ChangeSummary[];
    gate: Gate;
    policy: PolicyRecord;
    target: Record<string, string>;
    standing: Standing | undefined;
    left: LeftStep[];
  },
): Proposal {
  return {
    goal: input.run.goal,
    runId: input.run.runId,
    number: 1,
    digest: proposalDigest({
      bundle: parts.bundle,
      changes: parts.changes,
      target: parts.target,
      settings: parts.warehouse.sessionSettings,
      gate: parts.gate,
      policy: parts.policy,
      rehearsal: input.rehearsal.status,
    }),
    changes: parts.summaries,
    changeRefs: input.changes.map((ref) => ref.ref),
    gates: [parts.gate],
    rehearsal: input.rehearsal,
    target: parts.target,
    tools: TOOL_VERSIONS,
    policy: parts.policy,
    ...(parts.left.length > 0 && { left: parts.left }),
    ...(parts.standing && { standing: parts.standing }),
    ...(parts.bundle.asked && { asked: parts.bundle.asked }),
  };
}

/** Relations that do not exist before this run: absent when the first change that writes them was proposed. */
function madeHere(changes: readonly Change[]): Set<RelationName> {
  const first = new Map<RelationName, string | undefined>();
  for (const change of changes) {
    for (const name of change.writes) if (!first.has(name)) first.set(name, change.fingerprints[name]);
  }
  return new Set([...first].flatMap(([name, fingerprint]) => (fingerprint === 'absent' ? [name] : [])));
}

/**
 * Where undo could not be proven, the change says so among what it may lose, and why: nobody approves it unknowingly. Of
 * a routine load or refresh, whose undo is Sluice's own, what the rehearsal did not see is said in the rehearsal alone.
 */
function summary(change: Change, input: SealInput, made: ReadonlySet<RelationName>): ChangeSummary {
  const { id, step, kind, title, risk, noop, reads, writes, apply, undo, findings, estimate } = change;
  const why = noop || writes.length === 0 ? undefined : unproven(change, input.rehearsal);
  const lossy = why === undefined ? change.lossy : [...change.lossy, why];
  // Nobody can have built on what this very run makes: changing it again is not a rewrite of anybody's data.
  const routine = change.routine || (writes.length > 0 && writes.every((name) => made.has(name)));
  return {
    id,
    step,
    kind,
    title,
    risk,
    noop,
    routine,
    lossy,
    reads,
    writes,
    apply,
    undo,
    findings,
    estimate: { ...estimate, ...undoEstimate(step, input.rehearsal) },
  };
}

function undoEstimate(
  step: string,
  { undoes }: RehearsalReport,
): Pick<Estimate, 'undoLocks' | 'undoSeconds'> {
  const { locks, seconds } = undoes?.find((each) => each.step === step) ?? {};
  return {
    ...(locks !== undefined && { undoLocks: locks }),
    ...(seconds !== undefined && { undoSeconds: seconds }),
  };
}

function unproven(
  { step, routine, irreversible }: Change,
  { undoProven, doubts }: RehearsalReport,
): string | undefined {
  const words = 'the rehearsal could not prove that undo brings everything back';
  // Of what says that it cannot be undone nothing was to be proven.
  if (undoProven || irreversible) return undefined;
  if (!doubts) return words;
  const mine = doubts.filter((doubt) => doubt.step === undefined || doubt.step === step);
  const counting = mine.filter((doubt) => !(routine && doubt.unseen));
  return counting.length === 0
    ? undefined
    : `${words}: ${[...new Set(counting.map(({ why }) => why))].join('; ')}`;
}

export function viewOf(proposal: Proposal, ref: string, gate: Gate): ProposalView {
  const short = (text: string): string => (text.length > VIEW_TEXT ? `${text.slice(0, VIEW_TEXT)}…` : text);
  return {
    digest: proposal.digest,
    proposal: ref,
    gate,
    rehearsal: proposal.rehearsal.status,
    changes: proposal.changes.map((change) => ({
      id: change.id,
      step: change.step,
      kind: change.kind,
      title: change.title,
      risk: change.risk,
      lossy: change.lossy,
      reads: change.reads,
      writes: change.writes,
      apply: short(change.apply),
      undo: short(change.undo),
    })),
  };
}
