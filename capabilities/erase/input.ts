import { z } from 'zod';
import { relationSchema } from '../../schemas/goal';

export const eraseInputSchema = z.strictObject({
  table: relationSchema,
  /** Columns by which the person's rows are found; the values are those of the request, never of the document. */
  columns: z.array(z.string().min(1).max(63)).min(1),
  /** Made by `sluice erase`: the values wait under it in the store's restricted table until the run has ended. */
  request: z.string().regex(/^er_[0-9a-f]{24}$/, 'a request that `sluice erase` has made'),
  /** Also in tables that were built from this one and have these columns. */
  downstream: z.boolean().default(false),
  /** For the record. No personal data: it is kept. */
  reason: z.string().max(500).optional(),
});
export type EraseInput = z.infer<typeof eraseInputSchema>;
