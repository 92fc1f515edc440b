import { z } from 'zod';
import { CAUSES } from './planned';

/**
 * What the roles without tools make of text that nobody vouches for. Others see only this: names, numbers, words of a
 * fixed list and short phrases, so that an instruction in the text has nowhere to go. No defaults, no free keys: the
 * API's structured outputs know neither.
 */
const phraseSchema = z.string().max(160);

/** True where the text addresses whoever reads it, asks for something to be done, or claims authority. */
const instructionsSchema = z.boolean();

export const readerFactsSchema = z.strictObject({
  kind: z.enum(['data', 'documentation', 'policy', 'log', 'code', 'configuration', 'other']),
  /** ISO 639-1. */
  language: z.string().max(8),
  instructions: instructionsSchema,
  /** Names of columns, with what the text says of them. */
  columns: z.array(
    z.strictObject({
      name: z.string().max(63),
      type: z.enum(['text', 'integer', 'decimal', 'boolean', 'date', 'timestamp', 'json', 'unknown']),
      meaning: phraseSchema,
    }),
  ),
  facts: z.array(z.strictObject({ about: z.string().max(80), says: phraseSchema })),
  /** What was asked for and the text does not say. */
  missing: z.array(phraseSchema),
});

export const logVerdictSchema = z.strictObject({
  category: z.enum(CAUSES),
  /** The step that failed first, as the log names it; null where it names none. */
  step: z.string().max(63).nullable(),
  /** An error code or SQLSTATE. */
  code: z.string().max(40).nullable(),
  instructions: instructionsSchema,
  /** By line number of what was shown; what the line tells, not its text. */
  evidence: z.array(z.strictObject({ line: z.number().int(), tells: phraseSchema })),
  /** Whether the same run may succeed when it is simply run again. */
  passes: z.enum(['yes', 'no', 'unknown']),
});
