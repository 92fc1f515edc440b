import { z } from 'zod';
import { digestOf } from '../../../store/digest';
import type { Tool } from '../tools/tool';
import { objectIn, validated } from './arguments';
import { jsonSchemaOf } from './goal-schema';
import { repair } from './faults';

const questionSchema = z.strictObject({
  question: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .describe('One question, short, in the language of the person.'),
  why: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .describe('What depends on the answer, and why it cannot be looked up.'),
  options: z
    .array(z.string().trim().min(1).max(300))
    .max(9)
    .optional()
    .describe('The readings you see; the person may answer otherwise.'),
  default: z.string().trim().max(300).optional().describe('What you would take without an answer.'),
});

export const askPerson: Tool = {
  name: 'ask_person',
  description:
    'Asks the person one question and waits for the answer. Only for a choice that changes data or what is lost and that no tool can look up. Everything else is an assumption that you state.',
  input: z.unknown().meta(jsonSchemaOf(questionSchema)),
  async run(input, ctx) {
    const args = objectIn(input, 'question');
    const read = args.ok ? validated(args.value, questionSchema) : args;
    if (!read.ok) return repair(read.faults, 'ask_person');
    // The same question of the same agent is the same question, however often its call is made.
    const id = `q-${digestOf([ctx.agent.ask.askId, ctx.agent.agent, read.value.question]).slice(0, 8)}`;
    return {
      content: { asked: read.value.question },
      effect: { kind: 'question', question: { id, ...read.value } },
    };
  },
};
