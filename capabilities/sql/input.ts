import { z } from 'zod';

/** `sql: { statements: "…" }` or `sql: { file: migrate.sql }`. */
export const sqlInputSchema = z
  .strictObject({
    /** One or more statements, separated by semicolons. */
    statements: z.string().min(1).optional(),
    /** A file beside the goal that holds them. */
    file: z.string().min(1).optional(),
    /** SQL that takes all of it back, for statements that have no undo of their own; it is rehearsed like any other. */
    undo: z.string().min(1).optional(),
    /** It cannot be undone, and nothing is kept for it: for statements that have no undo at all. Two people are asked. */
    irreversible: z.literal(true).optional(),
  })
  .refine((input) => (input.statements === undefined) !== (input.file === undefined), {
    error: 'needs exactly one of `statements` and `file`',
  })
  .refine((input) => input.undo === undefined || input.irreversible === undefined, {
    error: 'says `irreversible: true` or how it is undone (`undo`), not both',
  });

export type SqlInput = z.infer<typeof sqlInputSchema>;
