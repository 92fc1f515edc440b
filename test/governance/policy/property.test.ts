import fc from 'fast-check';
import { stringify } from 'yaml';
import {
  atLeast,
  join,
  requirementOf,
  type Requirement,
  stricter,
} from '../../../governance/policy/requirement';
import type { Decide } from '../../../schemas/policy';
import { engineOf, gateFor, type Given } from './support';

const role = fc.constantFrom('dba', 'dpo', 'owner');
const window = fc.record({
  timezone: fc.constantFrom('UTC', 'Asia/Kolkata'),
  days: fc.constant(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']),
  from: fc.constantFrom('06:00', '08:00'),
  to: fc.constant('23:00'),
});
const decide: fc.Arbitrary<Decide> = fc.oneof(
  fc.constantFrom('auto' as const, 'deny' as const),
  fc.integer({ min: 0, max: 4 }),
  fc.record(
    {
      approvers: fc.integer({ min: 0, max: 4 }),
      roles: fc.dictionary(role, fc.integer({ min: 1, max: 3 })),
      separate: fc.boolean(),
      deadline: fc.constantFrom('1h', '2d'),
      remind: fc.constantFrom(['10m'], ['30m', '5m']),
      window,
    },
    { requiredKeys: [] },
  ),
) as fc.Arbitrary<Decide>;
const requirement = decide.map((each) => requirementOf(each, 'r'));

const some = <T>(...values: T[]) => fc.subarray(values, { minLength: 1 });
const condition = fc.record(
  {
    risk: some('read', 'additive', 'rewriting', 'destructive'),
    lossy: fc.boolean(),
    environment: some('dev', 'staging', 'protected'),
    goal: fc.constantFrom(['g'], ['x*'], ['*']),
    writes: fc.constantFrom(['raw.*'], ['marts.*']),
    classification: some('pii', 'financial'),
    rows: fc.constantFrom({ over: 10 }, { upTo: 10 }, { over: 5, unknown: 'ignore' }),
  },
  { requiredKeys: [] },
);
const rules = fc
  .array(fc.record({ when: condition, unless: fc.option(condition, { nil: undefined }), decide }), {
    maxLength: 5,
  })
  .map((each) => each.map((rule, index) => ({ name: `r${index}`, ...rule })));
const given: fc.Arbitrary<Given> = fc.record({
  environment: fc.constantFrom('dev' as const, 'staging' as const, 'protected' as const),
  rows: fc.constantFrom(undefined, 3, 30),
  changes: fc.array(
    fc.record({
      risk: fc.constantFrom(
        'read' as const,
        'additive' as const,
        'rewriting' as const,
        'destructive' as const,
      ),
      lossy: fc.boolean(),
      routine: fc.boolean(),
      writes: fc.constantFrom(['raw.t'], ['marts.t']),
      classification: fc.subarray(['pii', 'financial']),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});
const floor = fc.constantFrom('default', 'auto', 1);
const policy = (content: object): string => stringify(JSON.parse(JSON.stringify(content)));

describe('joining requirements', () => {
  it('has neither order nor number: associative, commutative, idempotent', () => {
    fc.assert(
      fc.property(requirement, requirement, requirement, (a, b, c) => {
        expect(join([a, join([b, c])])).toEqual(join([join([a, b]), c]));
        expect(join([a, b])).toEqual(join([b, a]));
        expect(join([a, a])).toEqual(join([a]));
      }),
    );
  });

  it('asks for at least what each asks for', () => {
    fc.assert(
      fc.property(fc.array(requirement, { minLength: 1 }), (all: Requirement[]) => {
        const whole = join(all);
        for (const each of all) expect(atLeast(whole, each)).toBe(true);
      }),
    );
  });
});

describe('a policy, evaluated by Cedar', () => {
  it('never gets weaker by one more rule', async () => {
    await fc.assert(
      fc.asyncProperty(rules, rules, floor, given, async (before, more, base, facts) => {
        const added = more.map((rule, index) => ({ ...rule, name: `more${index}` }));
        const less = await gateFor(engineOf(policy({ floor: base, rules: before })), facts);
        const gate = await gateFor(engineOf(policy({ floor: base, rules: [...before, ...added] })), facts);
        // Whatever opens the gate with more rules would have opened the one with fewer.
        if (!gate.denied) {
          expect(less.denied).toBeUndefined();
          expect(stricter(less, gate)).toEqual([]);
        }
        expect(gate.deadlineMs).toBeLessThanOrEqual(less.deadlineMs);
      }),
      { numRuns: 20 },
    );
  });

  it('decides the same in whatever order its rules stand', async () => {
    await fc.assert(
      fc.asyncProperty(rules, given, async (some, facts) => {
        const forward = await gateFor(engineOf(policy({ rules: some })), facts);
        const backward = await gateFor(engineOf(policy({ rules: [...some].reverse() })), facts);
        expect(backward).toEqual(forward);
      }),
      { numRuns: 12 },
    );
  });

  it('decides the same whichever of two policies is the worker’s own', async () => {
    await fc.assert(
      fc.asyncProperty(rules, rules, given, async (one, two, facts) => {
        const [a, b] = [
          policy({ rules: one }),
          policy({ rules: two.map((r) => ({ ...r, name: `b${r.name}` })) }),
        ];
        const there = await gateFor(engineOf(a), { ...facts, project: b });
        const back = await gateFor(engineOf(b), { ...facts, project: a });
        expect({ ...back, reason: '' }).toEqual({ ...there, reason: '' });
      }),
      { numRuns: 8 },
    );
  });
});
