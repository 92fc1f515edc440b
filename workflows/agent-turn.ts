import type { AgentNeed, AgentOutcome, AgentState } from '../schemas/agent';
import type { Repair, ToolDone, ToolEffect, ToolResult } from '../schemas/ask';
import type { Problem } from '../schemas/errors';

/** Rounds in which a document goes back with diagnostics. */
export const MAX_REPAIRS = 3;

/** What the tools of one turn come to: more for the model to read, or an end of this execution. */
export type Turn =
  | { kind: 'told'; results: ToolResult[] }
  | { kind: 'needs'; needs: AgentNeed[]; results: ToolResult[] }
  | { kind: 'done'; output: string }
  | { kind: 'declined'; reason: string; missing: string[] };

type Ending = Extract<ToolEffect, { kind: 'output' | 'rehearse' | 'decline' }>;
type Acting = Exclude<ToolEffect, { kind: 'repair' }>;

const ENDS: readonly ToolEffect['kind'][] = ['output', 'rehearse', 'decline'];

const isEnding = (effect: ToolEffect): effect is Ending => ENDS.includes(effect.kind);

/**
 * Puts the results of one turn together. What ends the conversation must stand alone: who submits and declines, or
 * submits and asks, in one breath contradicts themselves, and is told so.
 */
export function turnOf(done: readonly ToolDone[]): Turn {
  const acting = done.filter(
    (each): each is ToolDone & { effect: Acting } =>
      each.effect !== undefined && each.effect.kind !== 'repair',
  );
  const results = done.filter((each) => !acting.includes(each as never)).map(resultOf);
  const ending = acting.find(({ effect }) => isEnding(effect));
  if (!ending) {
    if (acting.length === 0) return { kind: 'told', results };
    return { kind: 'needs', needs: acting.map(needOf), results };
  }
  if (acting.length > 1) return { kind: 'told', results: [...results, ...acting.map(contradicts)] };
  const { effect, id } = ending;
  if (effect.kind === 'output') return { kind: 'done', output: effect.output };
  if (effect.kind === 'decline') return { kind: 'declined', reason: effect.reason, missing: effect.missing };
  return { kind: 'needs', needs: [needOf({ id, effect })], results };
}

function resultOf({ id, isError, result, effect }: ToolDone): ToolResult {
  if (effect?.kind !== 'repair') return { id, isError, result };
  const { signature, faults } = effect;
  return { id, isError, result, repair: { signature, faults } };
}

function needOf({ id, effect }: { id: string; effect: ToolEffect }): AgentNeed {
  return { id, effect: effect as AgentNeed['effect'] };
}

function contradicts({ id }: ToolDone): ToolResult {
  const text =
    'You called several closing tools in one turn, and they contradict each other. None of them counts. Decide, and call exactly one.';
  const faults = [{ path: '', message: 'several closing tools were called in one turn' }];
  return { id, isError: true, text, repair: { signature: 'contradiction', faults } };
}

/**
 * Counts what goes back with diagnostics. `undefined`: it may; else why it is over: it was tried often enough, or the
 * same diagnostics have come again.
 */
export function countRepair(state: AgentState, repairs: readonly Repair[]): Problem | undefined {
  if (repairs.length === 0) return undefined;
  const signature = [...new Set(repairs.map((repair) => repair.signature))].sort().join('+');
  const faults = repairs.flatMap((repair) => repair.faults);
  const again = state.signatures.includes(signature);
  if (!again && state.repairs < MAX_REPAIRS) {
    state.repairs += 1;
    state.signatures.push(signature);
    return undefined;
  }
  const first = faults[0];
  const what = first ? `: ${first.path === '' ? '' : `${first.path}: `}${first.message}` : '';
  const why = again ? 'the same faults came back' : `${MAX_REPAIRS} rounds of correction were not enough`;
  return {
    code: 'ask_failed',
    message: `Nothing came of it that passes; ${why}${what}${faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''}.`,
    state: `Nothing was changed. ${state.nth} calls of the model and ${state.repairs} rounds of correction were made.`,
    next: 'Say it more precisely (names of tables and columns, what is to happen with them), or write the goal document yourself.',
    ...(faults.length > 0 ? { faults: faults.slice(0, 20) } : {}),
  };
}

/** An end that is nobody's document: the agent's own limits, and the model's. */
export function ended(state: AgentState, code: 'ask_failed', message: string, next: string): AgentOutcome {
  const problem: Problem = {
    code,
    message,
    state: `Nothing was changed. ${state.nth} calls of the model were made.`,
    next,
  };
  return { kind: 'failed', state, problem };
}
