import type { Environment } from '../../schemas/policy';
import type { ChangeSummary, Gate } from '../../schemas/run';

/** The name and version of the rules below; part of the digest, so that an approval does not outlive its policy. */
export const DEFAULT_POLICY = 'default/1';

export type Judged = Pick<ChangeSummary, 'risk' | 'lossy' | 'noop' | 'routine' | 'writes' | 'step'>;

/**
 * The default policy. What only reads needs nobody. What adds, or is a routine load or refresh with an exact undo,
 * needs one approver. What destroys or loses needs two different ones. In `dev` and `staging` one person at the
 * machine may stand for both by repeating the names of what is destroyed (or `--allow-destructive`).
 */
export function defaultGate(changes: readonly Judged[], environment: Environment, deadlineMs: number): Gate {
  const acting = changes.filter((change) => !change.noop && change.risk !== 'read');
  const severe = acting.filter(
    (change) => (change.risk === 'destructive' && !change.routine) || change.lossy.length > 0,
  );
  const unusual = acting.filter((change) => change.risk === 'rewriting' && !change.routine);
  const confirm = [...new Set([...severe, ...unusual].flatMap((change) => change.writes))].sort();
  const localOverride = environment !== 'protected';
  // Who cannot be told from somebody else does not count where it matters.
  const verified = environment === 'protected' ? { verified: true } : {};
  const base = { name: 'approval', confirm, localOverride, deadlineMs, ...verified };
  if (severe.length > 0) {
    const steps = severe.map((change) => change.step).join(', ');
    return {
      ...base,
      approvers: 2,
      reason: `destructive or lossy: ${steps}; two different people must approve`,
    };
  }
  if (acting.length > 0) {
    const reason =
      unusual.length > 0
        ? `rewrites what is there: ${unusual.map((change) => change.step).join(', ')}; one person must approve`
        : 'adds or refreshes data with an exact undo; one person must approve';
    return { ...base, approvers: 1, reason };
  }
  return { ...base, approvers: 0, reason: 'nothing would change' };
}
