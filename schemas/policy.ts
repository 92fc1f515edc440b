import { z } from 'zod';
import { RISKS } from './change';
import { globSchema, oneOrMore, wordSchema } from './classification';
import { durationMs, durationSchema, nameSchema } from './goal';
import { timezoneSchema } from './schedule';

/** The document `sluice.policy.yaml`: rules that decide who must open the gate of a run. docs/policy.md explains it. */

export const ENVIRONMENTS = ['dev', 'staging', 'protected'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

const BYTES: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const wholeSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const bytesSchema = z.union([
  wholeSchema,
  z
    .string()
    .regex(/^[0-9]+(\.[0-9]+)? ?(B|kB|MB|GB|TB)$/, 'a size like 500 MB or 10 GB')
    .transform((text) => {
      const [, number, unit] = /^([0-9.]+) ?(.+)$/.exec(text)!;
      return Math.round(Number(number) * BYTES[unit!]!);
    }),
]);
const secondsSchema = z.union([
  z.number().min(0).max(1e9),
  durationSchema.transform((text) => durationMs(text) / 1000),
]);

/** A bound on an estimate of the whole proposal. */
const bound = <T extends z.ZodType<number>>(value: T) =>
  z
    .strictObject({
      over: value.optional(),
      upTo: value.optional(),
      /** What an estimate that is not known does; by default whatever asks for more. */
      unknown: z.enum(['match', 'ignore']).optional(),
    })
    .refine((it) => it.over !== undefined || it.upTo !== undefined, 'needs `over` or `upTo`');

export const conditionSchema = z.strictObject({
  risk: oneOrMore(z.enum(RISKS)).optional(),
  lossy: z.boolean().optional(),
  routine: z.boolean().optional(),
  environment: oneOrMore(z.enum(ENVIRONMENTS)).optional(),
  kind: oneOrMore(nameSchema).optional(),
  goal: oneOrMore(globSchema).optional(),
  owner: oneOrMore(globSchema).optional(),
  /** Who started the run. */
  author: oneOrMore(globSchema).optional(),
  /** The goal came from plain words (`sluice ask`). */
  asked: z.boolean().optional(),
  /** How many things of it nobody asked for. */
  beyond: bound(wholeSchema).optional(),
  /** Rehearsed on another major of PostgreSQL than the warehouse's. */
  simulated: z.boolean().optional(),
  reads: oneOrMore(globSchema).optional(),
  writes: oneOrMore(globSchema).optional(),
  /** Read or written. */
  relations: oneOrMore(globSchema).optional(),
  classification: oneOrMore(wordSchema).optional(),
  rows: bound(wholeSchema).optional(),
  bytes: bound(bytesSchema).optional(),
  seconds: bound(secondsSchema).optional(),
  money: bound(z.number().min(0).max(1e12)).optional(),
});

const timeSchema = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'a time like 06:00 or 22:30');
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export const windowSchema = z.strictObject({
  timezone: timezoneSchema.default('UTC'),
  days: oneOrMore(z.enum(WEEKDAYS)).default([...WEEKDAYS]),
  from: timeSchema,
  to: timeSchema,
});

const approversSchema = z.number().int().min(0).max(20);

export const requireSchema = z.strictObject({
  approvers: approversSchema.optional(),
  /** Of the approvers, so many must hold each role. */
  roles: z.record(wordSchema, z.number().int().min(1).max(20)).optional(),
  /** The author may approve, but at least one other must, too. */
  separate: z.boolean().optional(),
  deadline: durationSchema.optional(),
  /** So long before the deadline whoever must decide is reminded. */
  remind: oneOrMore(durationSchema).optional(),
  window: windowSchema.optional(),
});

/** What a rule asks for: `auto`, `deny`, a number of approvers, or any of what {@link requireSchema} has. */
export const decideSchema = z.union([z.enum(['auto', 'deny']), approversSchema, requireSchema]);

export const ruleSchema = z.strictObject({
  name: nameSchema,
  description: z.string().max(500).optional(),
  when: conditionSchema.default({}),
  unless: conditionSchema.optional(),
  decide: decideSchema,
});

const urlSchema = z
  .string()
  .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/, 'an http or https address without user, query or fragment');

export const engineSchema = z.strictObject({
  opa: z.strictObject({
    url: urlSchema,
    /** The package that holds `deny` and `require`: `sluice.policy`. */
    package: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/, 'a package like sluice.policy'),
    timeout: durationSchema.default('5s'),
    token: z
      .string()
      .regex(
        /^secret:\/\/[A-Za-z_][A-Za-z0-9_.-]{0,127}$/,
        'a reference like secret://name; a literal is refused',
      )
      .optional(),
  }),
});

/** One value or any number of them. */
const anyNumber = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((value) => [value]), z.array(item)]);

const amountSchema = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
/** A change of a case: only what matters is written, the rest is an ordinary load. */
export const givenChangeSchema = z.strictObject({
  kind: nameSchema.default('ingest'),
  risk: z.enum(RISKS).default('additive'),
  lossy: z.boolean().default(false),
  routine: z.boolean().default(false),
  reads: anyNumber(z.string().min(1)).default([]),
  writes: anyNumber(z.string().min(1)).default(['raw.example']),
  classification: anyNumber(wordSchema).default([]),
  rows: amountSchema.optional(),
  bytes: bytesSchema.optional(),
  seconds: secondsSchema.optional(),
  money: amountSchema.optional(),
});

export const caseSchema = z.strictObject({
  name: z.string().min(1).max(200),
  given: givenChangeSchema
    .partial()
    .extend({
      environment: z.enum(ENVIRONMENTS).default('dev'),
      goal: nameSchema.default('example'),
      owner: z.string().min(1).optional(),
      author: z.string().min(1).default('ann'),
      asked: z.boolean().default(false),
      beyond: z.number().int().min(0).default(0),
      simulated: z.boolean().default(false),
      /** Instead of the one change that the other keys describe. */
      changes: z.array(givenChangeSchema).min(1).optional(),
    })
    .prefault({}),
  expect: z.union([
    z.enum(['auto', 'deny']),
    approversSchema,
    z.strictObject({
      deny: z.boolean().optional(),
      approvers: approversSchema.optional(),
      roles: z.record(wordSchema, z.number().int()).optional(),
      separate: z.boolean().optional(),
      deadline: durationSchema.optional(),
      window: z.boolean().optional(),
      /** Exactly the rules that match. */
      rules: z.array(z.string()).optional(),
    }),
  ]),
});

export const policySchema = z
  .strictObject({
    apiVersion: z.literal('sluice/v1').default('sluice/v1'),
    name: nameSchema.default('policy'),
    description: z.string().max(2000).optional(),
    /** What always holds for whatever changes something, before any rule: the built-in policy, nothing, or this. */
    floor: z
      .union([z.literal('default'), z.literal('auto'), approversSchema, requireSchema])
      .default('default'),
    /** Environments in which the author's approval alone is never enough. */
    separateDuty: z.array(z.enum(ENVIRONMENTS)).default(['protected']),
    rules: z.array(ruleSchema).max(500).default([]),
    /** Cedar policies: `permit` with @decide("…") asks for that where it holds, `forbid` denies. */
    cedar: z.string().max(200_000).optional(),
    engine: engineSchema.optional(),
    cases: z.array(caseSchema).max(2000).default([]),
  })
  .superRefine((policy, ctx) => {
    const seen = new Set<string>();
    policy.rules.forEach(({ name }, index) => {
      if (seen.has(name)) {
        ctx.addIssue({
          code: 'custom',
          path: ['rules', index, 'name'],
          message: 'another rule is called so',
        });
      }
      seen.add(name);
    });
  });

/** A table of cases in a file of its own, beside the policy: `*.policy-test.yaml`. */
export const caseTableSchema = z.strictObject({
  /** The policy's file, relative to this one. */
  policy: z.string().min(1).default('sluice.policy.yaml'),
  cases: z.array(caseSchema).min(1).max(2000),
});

export type Policy = z.infer<typeof policySchema>;
export type PolicyRule = z.infer<typeof ruleSchema>;
export type Condition = z.infer<typeof conditionSchema>;
export type Bound = NonNullable<Condition['rows']>;
export type Decide = z.infer<typeof decideSchema>;
export type PolicyCase = z.infer<typeof caseSchema>;
export type GivenChange = z.infer<typeof givenChangeSchema>;
export type OpaEngine = z.infer<typeof engineSchema>['opa'];
