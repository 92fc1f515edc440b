import type { Fault } from '../../../schemas/errors';
import { digestOf } from '../../../store/digest';
import type { ToolAnswer } from '../tools/tool';

/** Equal for equal diagnostics, in whichever order and at whichever place of a text they were found. */
export function signatureOf(faults: readonly Fault[]): string {
  const told = faults.map(({ path, message }) => `${path}: ${message.replace(/\(at [^)]*\)/g, '')}`);
  return digestOf([...new Set(told)].sort()).slice(0, 16);
}

/** What a model is told whose document or proposal did not pass: a round of repair. */
export function repair(faults: readonly Fault[], tool: string): ToolAnswer {
  return {
    content: {
      accepted: false,
      faults: faults.map(({ path, message }) => ({ path, message })),
      next: `Correct exactly these, look again where something does not exist, and call ${tool} with the whole of it.`,
    },
    effect: { kind: 'repair', signature: signatureOf(faults), faults: [...faults] },
  };
}
