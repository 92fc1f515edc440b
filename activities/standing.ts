import { cover, type GrantNow } from '../governance/standing/cover';
import type { Applied, Change, RelationFingerprint, RelationName } from '../schemas/change';
import { fail } from '../schemas/errors';
import type { RunRef } from '../schemas/life';
import type { ChangeSummary, Decision, Gate, Proposal, Voter } from '../schemas/run';
import { coverageText, type Coverage, type Standing, type StandingGrant } from '../schemas/standing';
import { digestOf } from '../store/digest';
import { fingerprintRelations } from '../warehouses/postgres/fingerprint-relations';
import type { Warehouse, WriteSession } from '../warehouses/warehouse';
import { readEntry } from './engine/ledger';
import { loadBundle } from './run-context';
import type { Bundle, Services } from './services';
import { standingDocument } from './standing-document';
import { TOOL_VERSIONS } from './tools';

/**
 * What must be the same in a run that a standing approval covers: the goal but for what the time binds, its SQL files,
 * the connections, the target, and the policy. Of Sluice's own version, what is not a patch.
 */
export function standingKey(parts: {
  bundle: Bundle;
  target: Record<string, string>;
  settings: Record<string, string>;
  policy: string;
}): string {
  return digestOf({
    ...standingDocument(parts.bundle),
    target: parts.target,
    settings: parts.settings,
    policy: parts.policy,
    tools: { ...TOOL_VERSIONS, sluice: TOOL_VERSIONS.sluice!.replace(/\.\d+(-.*)?$/, '') },
  });
}

/** What standing approvals say to a proposal whose gate is not open anyway. */
export async function judgeStanding(
  services: Services,
  run: RunRef,
  key: string,
  gate: Gate,
  changes: readonly Change[],
  summaries: readonly ChangeSummary[],
): Promise<Standing> {
  if (gate.approvers === 0) return { key };
  const grants = await asTheyAre(services, await services.store.standing.list({ goal: run.goal }));
  const repeated = summaries.map((summary, index) => ({
    ...summary,
    fingerprints: changes[index]!.fingerprints,
  }));
  const verdict = cover({ key, gate, changes: repeated, now: new Date() }, grants);
  return 'why' in verdict && verdict.why.length === 0 ? { key } : { key, ...verdict };
}

/** Grants with what is known today of those who gave them. */
async function asTheyAre(services: Services, grants: readonly StandingGrant[]): Promise<GrantNow[]> {
  const ids = grants.map(({ id }) => id);
  const approvers = new Map(
    (await services.store.decisions.approvers({ ids })).map((approver) => [approver.decision, approver]),
  );
  return grants.map((grant) => {
    const approver = approvers.get(grant.id);
    if (!approver) return grant;
    const { now, lost } = approver;
    return { ...grant, roles: now.roles, ...(lost !== undefined && { lost }) };
  });
}

/** The gate as the workflow sees it: one that a standing approval has opened asks for nobody. */
export function openedBy(gate: Gate, standing: Standing | undefined): Gate {
  if (standing?.covered)
    return { ...gate, approvers: 0, confirm: [], reason: coverageText(standing.covered) };
  const why = standing?.why ?? [];
  return why.length === 0 ? gate : { ...gate, reason: `${gate.reason} (${why.join('; ')})` };
}

/** A decision that was counted grants a standing approval, if it says so. Idempotent under the decision's id. */
export async function grantStanding(
  services: Services,
  run: RunRef,
  decision: Decision,
  voter: Voter,
): Promise<void> {
  if (!decision.standing || decision.verdict !== 'approve') return;
  const row = await services.store.runs.get(run.runId);
  if (!row?.proposal) return;
  const proposal = await services.store.artifacts.getJson<Proposal>(row.proposal);
  if (!proposal.standing || proposal.digest !== decision.digest) return;
  const grant = await services.store.standing.grant(
    {
      id: decision.id,
      goal: run.goal,
      runId: run.runId,
      digest: decision.digest,
      by: voter.by,
      verified: voter.verified,
      roles: voter.roles,
      key: proposal.standing.key,
      bounds: decision.standing.bounds,
    },
    decision.standing.expiresMs,
  );
  await services.store.record.event(run.runId, 'standing_granted', voter.by, {
    standing: grant.id,
    until: grant.expiresAt,
    bounds: grant.bounds,
  });
}

/** An approved run has succeeded: what is there now is the structure that its standing approvals cover. */
export async function activateStanding(services: Services, run: RunRef): Promise<void> {
  const pending = await services.store.standing.pendingOf(run.runId);
  if (pending.length === 0) return;
  const row = await services.store.runs.get(run.runId);
  const proposal = await services.store.artifacts.getJson<Proposal>(row!.proposal!);
  const changes = await Promise.all(
    proposal.changeRefs.map((ref) => services.store.artifacts.getJson<Change>(ref)),
  );
  const warehouse = await services.warehouse(await loadBundle(services, run));
  const structure = await structureAfter(warehouse, run, changes);
  for (const { id } of pending) await services.store.standing.activate(id, structure);
}

async function structureAfter(
  warehouse: Warehouse,
  run: RunRef,
  changes: readonly Change[],
): Promise<Record<RelationName, RelationFingerprint>> {
  return warehouse.live.read(async (session) => {
    const structure: Record<RelationName, RelationFingerprint> = {};
    const quiet = new Set<RelationName>();
    for (const change of changes) {
      if (change.noop) {
        // Nothing new this time: what the step wrote when it last did is as it stands.
        for (const name of [...change.reads, ...change.writes]) quiet.add(name);
        const [last] = await session.query<{ writes: RelationName[] }>(
          `select writes from sluice.change where goal = $1 and step = $2 and state = 'applied'
            order by applied_at desc limit 1`,
          [run.goal, change.step],
        );
        for (const name of last?.writes ?? []) quiet.add(name);
        continue;
      }
      // What only was read was compared under lock when the change was applied.
      for (const name of change.reads) structure[name] ??= change.fingerprints[name]!;
      Object.assign(structure, (await readEntry(session, change.id))?.after ?? {});
    }
    const rest = [...quiet].filter((name) => !Object.hasOwn(structure, name)).sort();
    return { ...(await fingerprintRelations(session, rest)), ...structure };
  });
}

/** Throws `proposal_stale` when a standing approval that opened the gate is not good any more. */
export async function assertStillStanding(services: Services, proposal: Proposal): Promise<void> {
  const covered = proposal.standing?.covered;
  if (!covered) return;
  const grants = await services.store.standing.find(covered.grants);
  const gone = grants.find(
    (grant) => grant.revokedAt !== undefined || Date.parse(grant.expiresAt) <= Date.now(),
  );
  if (!gone && grants.length === covered.grants.length) return;
  const how =
    gone?.revokedAt === undefined ? 'has expired' : `was revoked by ${gone.revokedBy ?? 'somebody'}`;
  throw fail('proposal_stale', `The standing approval of ${gone?.by ?? covered.by.join(', ')} ${how}.`, {
    next: 'Run the goal again: it waits at its gate for a decision.',
  });
}

/** Any number that nobody else uses: with the run's id, the lock under which a covered run's changes are added up. */
const TOTAL_LOCK = 'sluice:standing:';

/**
 * Checks, in the transaction that would commit a covered change, what the whole run comes to with it. The lock is held
 * until the commit, so that two steps that end together see each other. Throws `proposal_stale` beyond a bound.
 */
export function withinBounds(
  run: RunRef,
  { bounds, by }: Coverage,
): (session: WriteSession, change: Change, applied: Applied) => Promise<void> {
  return async (session, change, { rows }) => {
    if (bounds.maxRows === undefined && bounds.maxQuarantine === undefined) return;
    await session.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `${TOTAL_LOCK}${run.runId}`,
    ]);
    const [before] = await session.query<{ rows: number; quarantined: number }>(
      `select coalesce(sum(greatest((r->>'inserted')::float8 + (r->>'updated')::float8, (r->>'deleted')::float8)), 0) as rows,
              coalesce(sum((r->>'quarantined')::float8), 0) as quarantined
         from sluice.change, lateral (select applied->'rows' as r) as counts
        where run_id = $1 and state = 'applied' and change_id <> $2`,
      [run.runId, change.id],
    );
    const total = before!.rows + Math.max(rows.inserted + rows.updated, rows.deleted);
    const aside = before!.quarantined + rows.quarantined;
    const over =
      bounds.maxRows !== undefined && total > bounds.maxRows
        ? `${total} rows, and at most ${bounds.maxRows} were approved`
        : bounds.maxQuarantine !== undefined && aside > bounds.maxQuarantine
          ? `${aside} rows set aside, and at most ${bounds.maxQuarantine} were approved`
          : undefined;
    if (over === undefined) return;
    throw fail(
      'proposal_stale',
      `With step "${change.step}" the run comes to ${over} by the standing approval of ${by.join(' and ')}.`,
      {
        state: 'The step was rolled back before anybody saw it.',
        next: 'Run the goal by hand (sluice apply) and decide on it, or grant a standing approval with other bounds.',
        step: change.step,
      },
    );
  };
}
