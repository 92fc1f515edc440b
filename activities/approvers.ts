import { notOpenAnyMore } from '../governance/identity/still-open';
import { fail } from '../schemas/errors';
import type { RunRef } from '../schemas/life';
import type { Proposal } from '../schemas/run';
import type { Services } from './services';

/**
 * Life of a run, 6: the approvers' standing is evaluated again. Throws `proposal_stale` when the gate would not be open
 * by those who still may approve: a token was revoked, a user removed, a role taken away since.
 */
export async function assertApproversStand(
  services: Services,
  { runId }: RunRef,
  proposal: Proposal,
): Promise<void> {
  const [gate] = proposal.gates;
  if (!gate || gate.approvers === 0) return;
  const covered = proposal.standing?.covered;
  const approvals = await services.store.decisions.approvers(
    covered ? { ids: covered.grants } : { runId, digest: proposal.digest },
  );
  const why = notOpenAnyMore(gate, approvals);
  if (why.length === 0) return;
  throw fail('proposal_stale', `The gate is not open any more: ${why.join('; ')}.`, {
    next: 'Run the goal again: it waits at its gate for a decision.',
  });
}
