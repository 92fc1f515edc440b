import type { Risk } from '../../schemas/change';
import type { Gate } from '../../schemas/run';

/**
 * What the gate of an undo asks for, from what policy asks for the changes that it takes back: at least one person, as
 * an undo deletes or replaces what was written, whose identity is verified, and nobody who stands for two. It is not
 * bound to change windows: those who approve it decide when. Pure.
 */
export function undoGate(gate: Gate, runId: string): Gate {
  const { beyond: _beyond, windows: _windows, ...asked } = gate;
  const approvers = Math.max(1, gate.approvers);
  return {
    ...asked,
    approvers,
    verified: true,
    localOverride: false,
    confirm: [],
    reason: `takes back what run ${runId} did, and with it what it wrote; what it takes back asks for: ${gate.reason}`,
  };
}

/** What taking back a change does to what is there now: what was added goes, what was replaced is replaced again. */
export function undoRisk(risk: Risk): Risk {
  if (risk === 'read') return 'read';
  return risk === 'additive' ? 'destructive' : 'rewriting';
}
