import { z } from 'zod';
import { queryFields } from '../query/read-query';

export const checkInputSchema = z.strictObject({
  ...queryFields,
  /** What holds when there are no rows: `every flight has a carrier`. */
  description: z.string().min(1).optional(),
  /** A failed `warning` is reported; a failed `error` stops the run, which takes back what it did. */
  severity: z.enum(['error', 'warning']).default('error'),
  /** Values for `:name` in this query, over the goal's own. */
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

export type CheckInput = z.infer<typeof checkInputSchema>;
