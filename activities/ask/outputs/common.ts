import { z } from 'zod';

/** Sentences for people: what an approver reads. */
export const sentenceSchema = z.string().trim().min(1).max(1_000);

/** One or several sentences; always a list after parsing, because a model often writes one without the brackets. */
export const sentencesSchema = z
  .union([sentenceSchema.transform((text) => [text]), z.array(sentenceSchema).max(30)])
  .default([]);

/** What every specialist says beside its proposal. */
export const remarks = {
  /** Why it is so, for the planner and for the person who approves. */
  rationale: z.string().trim().min(1).max(4_000),
  /** What was taken for granted because nobody said it and nothing shows it. */
  assumptions: sentencesSchema,
  /** What a person should answer, but which does not keep the proposal from being right. */
  questions: sentencesSchema,
};

export const citationSchema = z.strictObject({
  /** `knowledge:ID`, `memory:ID`, `comment:raw.flights`, `table:raw.flights`, `run:ID`. */
  source: z
    .string()
    .regex(
      /^(knowledge|memory|comment|table|run|file):\S.{0,198}$/,
      'a source like table:raw.flights or knowledge:12',
    ),
  title: z.string().trim().min(1).max(200),
  why: z.string().trim().min(1).max(500),
});
