import { z } from 'zod';
import { classificationSchema, type Classification } from './classification';
import { tooLong } from './identifier';
import { readRelation } from './relation';
import {
  durationSchema,
  FLOORS,
  offsetSchema,
  scheduleSchema,
  triggerSchema,
  type Schedule,
  type TimeParam,
  type Trigger,
} from './schedule';

export { durationMs } from './duration';
export { durationSchema, scheduleSchema } from './schedule';

/** Names of goals, steps and connections: what appears in workflow ids, file names and database objects. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]{0,62}$/,
    'a lower-case letter, then up to 62 lower-case letters, digits, "-" or "_"',
  );

/** A column's name, kept as it is written. */
export const identifierSchema = z
  .string()
  .min(1)
  .refine((name) => !name.includes('\0'), 'a name without NUL characters')
  .superRefine((name, ctx) => {
    const message = tooLong(name);
    if (message !== undefined) ctx.addIssue({ code: 'custom', message });
  });

/** A relation as SQL writes it: `orders`, `shop.orders`, `shop."Order Lines"`. Kept as written; `readRelation` reads it. */
export const relationSchema = z.string().superRefine((written, ctx) => {
  try {
    readRelation(written);
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

export const paramSchema = z
  .strictObject({
    type: z.enum(['string', 'integer', 'number', 'boolean', 'date', 'timestamp', 'identifier']),
    default: z.union([z.string(), z.number(), z.boolean()]).optional(),
    description: z.string().optional(),
    /** `schedule`: bound from the time the run was scheduled for, in the schedule's time zone. */
    from: z.literal('schedule').optional(),
    /** The minute, hour, day, week (from Monday), month, quarter or year that the time is in; `offset` counts from it. */
    floor: z.enum(FLOORS).optional(),
    offset: offsetSchema.optional(),
  })
  .superRefine(({ type, from, floor, offset }, ctx) => {
    if (from !== undefined && type !== 'date' && type !== 'timestamp')
      ctx.addIssue({ code: 'custom', path: ['type'], message: 'from: schedule makes a date or a timestamp' });
    if (from === undefined && (floor !== undefined || offset !== undefined))
      ctx.addIssue({ code: 'custom', path: ['from'], message: 'floor and offset need from: schedule' });
  });

/** The parts of a step that every kind shares. The kind's own input is checked by its capability. */
export const stepBaseSchema = z.object({
  id: nameSchema,
  needs: z.array(nameSchema).default([]),
  description: z.string().optional(),
});

export const goalHeadSchema = z.strictObject({
  apiVersion: z.literal('sluice/v1', { error: 'must be "sluice/v1"' }),
  goal: nameSchema,
  description: z.string().optional(),
  owner: z.string().min(1).optional(),
  warehouse: nameSchema.default('local'),
  params: z.record(nameSchema, paramSchema).default({}),
  schedule: scheduleSchema.optional(),
  trigger: triggerSchema.optional(),
  onFailure: z.enum(['undo', 'keep', 'hold']).optional(),
  /** Classes of data that policy may ask for: `{ 'raw.people': pii }`. */
  classification: classificationSchema.optional(),
  /** How long a proposal waits at its gate before it expires. */
  deadline: durationSchema.default('7d'),
  steps: z
    .array(z.unknown(), {
      error: ({ input }) =>
        input === undefined ? 'a goal has `steps`, or an `ask` in plain words' : 'is a list of steps',
    })
    .min(1, 'a goal has at least one step'),
});

/** As long as a person writes; what is longer is a document to be read, not a wish. */
export const MAX_ASK_CHARACTERS = 20_000;

/** What is wanted, in plain words. */
export const wordsSchema = z
  .string()
  .trim()
  .min(1, 'says nothing: write what is wanted, in plain words')
  .max(
    MAX_ASK_CHARACTERS,
    `has more than ${MAX_ASK_CHARACTERS} characters: say what is wanted, not all there is`,
  );

/** A goal document in plain words: its head is the person's and stays as it is, its steps are worked out by a model. */
export const askDocumentSchema = goalHeadSchema.omit({ steps: true }).extend({ ask: wordsSchema });

export type ParamValue = string | number | boolean;
export type OnFailure = 'undo' | 'keep' | 'hold';

/** A step after checking: exactly one kind, its input parsed by the kind's schema (defaults filled in). */
export interface Step<Input = unknown> {
  id: string;
  needs: string[];
  description?: string;
  kind: string;
  input: Input;
}

/** A goal after checking, its steps in an order that respects `needs`. Canonical: same meaning, same JSON. */
export interface Goal {
  apiVersion: 'sluice/v1';
  goal: string;
  description?: string;
  owner?: string;
  warehouse: string;
  params: Record<string, ParamValue>;
  schedule?: Schedule;
  trigger?: Trigger;
  /** Parameters that a scheduled run binds from its time; `params` has their defaults, or lacks them. */
  timeParams?: Record<string, TimeParam>;
  onFailure: OnFailure;
  classification?: Classification;
  /** Milliseconds. */
  deadlineMs: number;
  steps: Step[];
}
