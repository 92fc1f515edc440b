import { z } from 'zod';
import { relationSchema } from '../../../schemas/goal';
import { remarks } from './common';

/** What a plan would cost, and whether that is in order. */
export const costVerdictSchema = z.strictObject({
  verdict: z.enum(['fine', 'costly', 'refuse']),
  /** By the database's own estimate; null where it has none. */
  rows: z.number().min(0).nullable(),
  seconds: z.number().min(0).nullable(),
  /** Each with the step or the query it is about. */
  findings: z.array(z.strictObject({ about: z.string().max(200), finding: z.string().min(1).max(500) })),
  /** What would give the same for less; null where nothing would. */
  cheaper: z.string().max(2_000).nullable(),
  ...remarks,
});

/** What of the data is whose business, and which rules of the house touch the plan. */
export const governanceFindingsSchema = z.strictObject({
  verdict: z.enum(['in_order', 'needs_approval', 'forbidden']),
  findings: z.array(
    z.strictObject({
      relation: relationSchema,
      column: z.string().max(63).nullable(),
      /** A class of data, as policies name it: `pii`, `financial`. */
      class: z.string().max(63).nullable(),
      finding: z.string().min(1).max(500),
      advice: z.string().min(1).max(500),
    }),
  ),
  /** Proposed for the goal's `classification`. */
  classification: z.record(z.string(), z.array(z.string().min(1).max(63))).default({}),
  ...remarks,
});
