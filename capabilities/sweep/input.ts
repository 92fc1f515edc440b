import { z } from 'zod';

/** What a sweep can be confined to; by default it sweeps all of it. */
export const CATEGORIES = [
  'undo',
  'quarantine',
  'ledger',
  'runs',
  'asks',
  'calls',
  'artifacts',
  'shadows',
  'lineage',
  'notices',
] as const;
export type Category = (typeof CATEGORIES)[number];

export const sweepInputSchema = z.strictObject({
  only: z.array(z.enum(CATEGORIES)).min(1, 'name at least one, or leave it out').optional(),
});
export type SweepInput = z.infer<typeof sweepInputSchema>;
