import { z } from 'zod';
import { checkInputSchema } from '../../../capabilities/check/input';
import { inputSchema } from '../../../capabilities/ingest/input';
import { modelInputSchema } from '../../../capabilities/model/input';
import { nameSchema, paramSchema, relationSchema } from '../../../schemas/goal';
import { scheduleSchema, triggerSchema } from '../../../schemas/schedule';
import { remarks } from './common';

/**
 * What specialists propose. Each is an input of a capability, or a part of a goal's head: nothing here is executed by
 * itself, the planner puts it into a document, and the document goes its way.
 */

/** How data gets in: `ingest` steps, one per table. */
export const ingestionProposalSchema = z.strictObject({
  steps: z
    .array(z.strictObject({ id: nameSchema, needs: z.array(nameSchema).default([]), ingest: inputSchema }))
    .min(1)
    .max(50),
  ...remarks,
});

/** Changes of structure or rows: the statements of one `sql` step, in order. */
export const proposedDdlSchema = z.strictObject({
  /** One statement each, of those that Sluice can take back. */
  statements: z.array(z.string().trim().min(1)).min(1).max(100),
  /** Every relation that the statements are about. */
  relations: z.array(relationSchema).min(1),
  /** What would be lost or rewritten, in plain words; empty: nothing. */
  risks: z.array(z.string().trim().min(1).max(500)).default([]),
  ...remarks,
});

/** A query that is kept: the input of a `model` step. */
export const proposedModelSchema = z.strictObject({
  model: modelInputSchema,
  /** Columns of which each row of the result has another combination: what one row stands for. */
  grain: z.array(z.string().min(1).max(63)).min(1),
  ...remarks,
});

/** What has to hold: tests of models, and `check` steps beside them. */
export const expectationSuiteSchema = z.strictObject({
  tests: z
    .array(z.strictObject({ model: relationSchema, tests: modelInputSchema.shape.tests.unwrap() }))
    .max(50)
    .default([]),
  checks: z
    .array(z.strictObject({ id: nameSchema, check: checkInputSchema }))
    .max(50)
    .default([]),
  ...remarks,
});

/** When a goal runs by itself: keys of its head. */
export const scheduleChangeSchema = z.strictObject({
  schedule: scheduleSchema.optional(),
  trigger: triggerSchema.optional(),
  /** Parameters that a run binds from its time. */
  params: z.record(nameSchema, paramSchema).default({}),
  onFailure: z.enum(['undo', 'keep', 'hold']).optional(),
  ...remarks,
});
