import { missingAt } from '../../schemas/gate';
import type { Gate, Voter } from '../../schemas/run';

/** An approval, and what has become of who gave it: see store/decisions/approvers.ts. */
export interface Approval {
  then: Voter;
  now: Voter;
  lost?: string;
}

/**
 * Why a gate that these approvals had opened is not open by those who still may give them, in plain words; empty: it
 * still is. Pure.
 */
export function notOpenAnyMore(gate: Gate, approvals: readonly Approval[]): string[] {
  const gone = approvals.filter(({ lost }) => lost !== undefined);
  const left = unique(approvals.filter(({ lost }) => lost === undefined).map(({ now }) => now));
  const missing = missingAt(gate, left);
  // One person at the machine stood for two: then each of those who approved is needed.
  const confirmed =
    gate.localOverride && missingAt(gate, unique(approvals.map(({ then }) => then))).length > 0;
  if (confirmed ? gone.length === 0 : missing.length === 0) return [];
  const roles = approvals.flatMap(({ then, now, lost }) => {
    const taken = then.roles.filter(
      (role) => !now.roles.includes(role) && Object.hasOwn(gate.roles ?? {}, role),
    );
    return lost === undefined && taken.length > 0 ? [`${now.by} is not ${taken.join(', ')} any more`] : [];
  });
  return [...gone.map(({ lost }) => lost!), ...roles];
}

/** One person counts once. */
function unique(voters: readonly Voter[]): Voter[] {
  return [...new Map(voters.map((voter) => [voter.by, voter])).values()];
}
