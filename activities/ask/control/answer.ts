import { z } from 'zod';
import { givenOnly } from '../knowledge/cited';
import { citationSchema } from '../outputs/common';
import type { Tool } from '../tools/tool';
import { objectIn, validated } from './arguments';
import { repair } from './faults';
import { jsonSchemaOf } from './goal-schema';

const answerSchema = z.strictObject({
  answer: z.string().trim().min(1).max(10_000).describe('Plain words, in the language of the person.'),
  citations: z.array(citationSchema).max(50).default([]),
});

/** A plain answer, where nothing has to change: the ask ends without a document. */
export const answer: Tool = {
  name: 'answer',
  description:
    'Answers a question that needs no change of the warehouse, in plain words, from what the tools showed. Ends the ask without a goal.',
  input: z.unknown().meta(jsonSchemaOf(answerSchema)),
  async run(input, ctx) {
    const args =
      typeof input === 'string' ? { ok: true as const, value: { answer: input } } : objectIn(input, 'answer');
    const read = args.ok ? validated(args.value, answerSchema) : args;
    if (!read.ok) return repair(read.faults, 'answer');
    const { citations, notes } = await givenOnly(read.value.citations, ctx);
    const output = await ctx.services.store.artifacts.putJson('ask_output', { ...read.value, citations });
    return {
      content: { answered: true, ...(notes.length > 0 ? { notes } : {}) },
      effect: { kind: 'output', output },
    };
  },
};
