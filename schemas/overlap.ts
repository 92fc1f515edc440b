/** What may happen to a run that is due while an earlier one is not through. Free of zod, as the command line is when it starts. */
export const OVERLAPS = [
  'skip',
  'buffer_one',
  'buffer_all',
  'cancel_other',
  'terminate_other',
  'allow_all',
] as const;
export type Overlap = (typeof OVERLAPS)[number];
