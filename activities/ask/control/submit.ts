import { z, type ZodType } from 'zod';
import type { Tool } from '../tools/tool';
import type { VetOutput } from '../vet/output';
import { objectIn, validated } from './arguments';
import { repair } from './faults';
import { jsonSchemaOf } from './goal-schema';

/** How a specialist hands in its typed output. What it holds of SQL is vetted before the planner sees it. */
export function submit(output: ZodType, vet: VetOutput): Tool {
  return {
    name: 'submit',
    description:
      'Hands in your proposal, whole. If faults come back, correct them and call it again; at most three times.',
    input: z.unknown().meta(jsonSchemaOf(output)),
    async run(input, ctx) {
      const args = objectIn(input, 'proposal');
      const read = args.ok ? validated(args.value, output) : args;
      if (!read.ok) return repair(read.faults, 'submit');
      const faults = await vet(read.value, ctx);
      if (faults.length > 0) return repair(faults, 'submit');
      const stored = await ctx.services.store.artifacts.putJson('ask_output', read.value);
      return { content: { accepted: true }, effect: { kind: 'output', output: stored } };
    },
  };
}
