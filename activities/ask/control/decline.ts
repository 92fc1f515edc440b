import { z } from 'zod';
import type { Tool } from '../tools/tool';
import { objectIn, validated } from './arguments';
import { repair } from './faults';
import { jsonSchemaOf } from './goal-schema';

const declineSchema = z.strictObject({
  reason: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .describe('Why it cannot or must not be done, for the person, in their language.'),
  missing: z
    .array(z.string().trim().min(1).max(300))
    .max(20)
    .default([])
    .describe(
      'What would have to be there: a table, a column, a file, a connection, a permission, a kind of step.',
    ),
});

export const decline: Tool = {
  name: 'decline',
  description:
    'Ends without a proposal, because what was asked for is impossible here or forbidden. Say why and what is missing. Not for what is only unclear: ask.',
  input: z.unknown().meta(jsonSchemaOf(declineSchema)),
  async run(input) {
    const args = objectIn(input, 'reason');
    const read = args.ok ? validated(args.value, declineSchema) : args;
    if (!read.ok) return repair(read.faults, 'decline');
    return { content: { declined: true }, effect: { kind: 'decline', ...read.value } };
  },
};
