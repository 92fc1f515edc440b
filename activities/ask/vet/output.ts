import type { Fault } from '../../../schemas/errors';
import type { ToolContext } from '../tools/tool';
import { secretFaults } from './secrets';

export type VetOutput = (output: unknown, ctx: ToolContext) => Promise<Fault[]>;

/** Looks at what a specialist proposes before the planner sees it. */
export function outputVetter(): VetOutput {
  return async (output) => secretFaults(output);
}
