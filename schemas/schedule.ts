import { z } from 'zod';
import { parseCron } from './cron';
import { DURATION } from './duration';
import { OVERLAPS } from './overlap';
import { isTimeZone } from './zoned-time';

/** A span of time: `30s`, `15m`, `12h`, `7d`. */
export const durationSchema = z.string().regex(DURATION, 'a duration like 30s, 15m, 12h or 7d');

export const timezoneSchema = z.string().refine(isTimeZone, {
  error: 'is no time zone: give an IANA name like Europe/Berlin, or UTC',
});

const cronSchema = z.string().superRefine((text, ctx) => {
  try {
    parseCron(text);
  } catch (cause) {
    ctx.addIssue({ code: 'custom', message: (cause as RangeError).message });
  }
});

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** A day (its midnight in the schedule's zone) or an instant with its offset. */
const instantSchema = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/,
    'a day like 2026-03-01, or a time like 2026-03-01T06:00:00Z',
  )
  .refine((text) => isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text)), 'is no day of the calendar');

export const scheduleSchema = z.strictObject({
  cron: cronSchema,
  timezone: timezoneSchema.default('UTC'),
  /** What happens to a run that is due while an earlier one is not through (also one that waits at its gate). */
  overlap: z.enum(OVERLAPS).default('skip'),
  /** Runs that were due while Temporal was down are made up for when it is back within so long. */
  catchup: durationSchema.default('1h'),
  /** Each run starts up to so long after its time, at random. */
  jitter: durationSchema.optional(),
  /** Pause the schedule when a run of it fails. */
  pauseOnFailure: z.boolean().optional(),
  start: instantSchema.optional(),
  end: instantSchema.optional(),
});

const namePattern = /^[a-z][a-z0-9_-]{0,62}$/;

/** What else starts a goal: new files, or the success of another goal. */
export const triggerSchema = z
  .strictObject({
    files: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .transform((globs) => (Array.isArray(globs) ? globs : [globs]))
      .optional(),
    /** A `files` connection; default: the root of files. */
    connection: z.string().regex(namePattern, 'the name of a connection').optional(),
    /** How often is looked for new files; a file must look the same twice before it counts. */
    every: durationSchema.default('1m'),
    after: z.array(z.string().regex(namePattern, 'the name of a goal')).min(1).optional(),
    /** Of parameters that are bound from the time, where there is no schedule that has one. */
    timezone: timezoneSchema.optional(),
    pauseOnFailure: z.boolean().optional(),
  })
  .refine(({ files, after }) => files !== undefined || after !== undefined, {
    error: 'names neither files nor a goal to come after',
  });

/** How a parameter is made from the time a run was scheduled for. */
export interface TimeParam {
  type: 'date' | 'timestamp';
  floor?: Floor;
  offset?: string;
}

export const FLOORS = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type Floor = (typeof FLOORS)[number];

/** `-1d`, `2h`, `-1mo`: minutes, hours, days, weeks, months, years. */
export const offsetSchema = z
  .string()
  .regex(/^[+-]?[0-9]{1,4}(m|h|d|w|mo|y)$/, 'an offset like -1d, 2h, -1w, -1mo or -1y');

export type Schedule = z.infer<typeof scheduleSchema>;
export type Trigger = z.infer<typeof triggerSchema>;
