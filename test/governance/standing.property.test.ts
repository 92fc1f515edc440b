import fc from 'fast-check';
import { cover, type Repeated, type RunToCover } from '../../governance/standing/cover';
import type { StandingGrant } from '../../schemas/standing';

const NOW = new Date('2026-03-01T06:00:00Z');

const grant = (over: Partial<StandingGrant> = {}): StandingGrant => ({
  id: 'g1',
  goal: 'daily',
  runId: 'daily-1',
  digest: 'd'.repeat(64),
  by: 'ann',
  verified: false,
  roles: [],
  key: 'k',
  bounds: {},
  structure: { 'raw.t': 'f1', 'marts.m': 'f2' },
  grantedAt: '2026-02-01T00:00:00.000Z',
  expiresAt: '2026-04-01T00:00:00.000Z',
  ...over,
});

const load = (over: Partial<Repeated> = {}): Repeated => ({
  step: 'load',
  risk: 'additive',
  noop: false,
  routine: true,
  lossy: [],
  estimate: { rows: 100, bytes: 1_000, seconds: 2 },
  fingerprints: { 'raw.t': 'f1' },
  ...over,
});

const run = (over: Partial<RunToCover> = {}): RunToCover => ({
  key: 'k',
  gate: { approvers: 1 },
  changes: [load()],
  now: NOW,
  ...over,
});

describe('a standing approval', () => {
  it('covers a load like the one that was approved, and says whose it is and until when', () => {
    expect(cover(run(), [grant()])).toEqual({
      covered: { grants: ['g1'], by: ['ann'], until: '2026-04-01T00:00:00.000Z', bounds: {} },
    });
  });

  it.each<[string, RunToCover, StandingGrant, string]>([
    ['another document, policy or target', run({ key: 'other' }), grant(), 'another goal document'],
    [
      'a table whose structure drifted',
      run({ changes: [load({ fingerprints: { 'raw.t': 'f9' } })] }),
      grant(),
      'raw.t has another structure',
    ],
    [
      'a table that is gone',
      run({ changes: [load({ fingerprints: { 'raw.t': 'absent' } })] }),
      grant(),
      'raw.t has another structure',
    ],
    [
      'a table that is new',
      run({ changes: [load({ fingerprints: { 'raw.new': 'absent' } })] }),
      grant(),
      'raw.new was not part',
    ],
    [
      'something that is no load',
      run({ changes: [load({ routine: false })] }),
      grant(),
      'more than loads and refreshes',
    ],
    ['a loss', run({ changes: [load({ lossy: ['the rows'] })] }), grant(), 'more than loads and refreshes'],
    ['more rows', run(), grant({ bounds: { maxRows: 99 } }), 'at most 99 rows; about 100'],
    ['more bytes', run(), grant({ bounds: { maxBytes: 999 } }), 'at most 999 bytes'],
    ['more seconds', run(), grant({ bounds: { maxSeconds: 1 } }), 'at most 1 seconds'],
    ['a time after it has expired', run(), grant({ expiresAt: '2026-03-01T06:00:00.000Z' }), 'expired'],
    [
      'anything once it is revoked',
      run(),
      grant({ revokedAt: '2026-02-02T00:00:00.000Z', revokedBy: 'eve' }),
      'revoked by eve',
    ],
    ['anything before its run has succeeded', run(), grant({ structure: null }), 'once its run'],
    [
      'a gate that counts verified people only',
      run({ gate: { approvers: 1, verified: true } }),
      grant(),
      'not verified',
    ],
    ['a gate that asks for two', run({ gate: { approvers: 2 } }), grant(), 'policy asks for more'],
    [
      'a gate that asks for a role',
      run({ gate: { approvers: 1, roles: { dba: 1 } } }),
      grant(),
      'policy asks for more',
    ],
    [
      'a gate at which its owner may not stand alone',
      run({ gate: { approvers: 1, notAlone: ['ann'] } }),
      grant(),
      'policy asks for more',
    ],
  ])('does not cover %s', (_what, wanted, given, why) => {
    const verdict = cover(wanted, [given]);
    expect(verdict).not.toHaveProperty('covered');
    expect((verdict as { why: string[] }).why.join('; ')).toContain(why);
  });

  it('covers what two people must approve when two have granted it, within both their bounds', () => {
    const grants = [
      grant({ id: 'g1', by: 'ann', bounds: { maxRows: 500 } }),
      grant({
        id: 'g2',
        by: 'bob',
        bounds: { maxRows: 200, maxQuarantine: 3 },
        expiresAt: '2026-03-15T00:00:00.000Z',
      }),
    ];
    expect(cover(run({ gate: { approvers: 2 } }), grants)).toEqual({
      covered: {
        grants: ['g1', 'g2'],
        by: ['ann', 'bob'],
        until: '2026-03-15T00:00:00.000Z',
        bounds: { maxRows: 200, maxQuarantine: 3 },
      },
    });
  });

  it('of one person counts once, however often it was granted', () => {
    expect(
      cover(run({ gate: { approvers: 2 } }), [grant({ id: 'g1' }), grant({ id: 'g2' })]),
    ).not.toHaveProperty('covered');
  });

  it('is silent where there is none', () => {
    expect(cover(run({ changes: [load({ routine: false })] }), [])).toEqual({ why: [] });
  });
});

const fingerprint = fc.constantFrom('f1', 'f2', 'absent');
const relation = fc.constantFrom('raw.t', 'marts.m', 'raw.new');
const change: fc.Arbitrary<Repeated> = fc.record({
  step: fc.constantFrom('a', 'b'),
  risk: fc.constantFrom('read', 'additive', 'rewriting', 'destructive'),
  noop: fc.boolean(),
  routine: fc.boolean(),
  lossy: fc.constantFrom([], ['rows']),
  estimate: fc.record({ rows: fc.nat(1_000) }, { requiredKeys: [] }),
  fingerprints: fc.dictionary(relation, fingerprint),
});
const anyGrant = fc
  .record({
    id: fc.uuid(),
    by: fc.constantFrom('ann', 'bob', 'eve'),
    key: fc.constantFrom('k', 'k', 'other'),
    bounds: fc.record({ maxRows: fc.nat(1_000) }, { requiredKeys: [] }),
    structure: fc.option(fc.dictionary(relation, fingerprint), { nil: null }),
    expiresAt: fc.constantFrom('2026-04-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'),
    revokedAt: fc.option(fc.constant('2026-02-02T00:00:00.000Z'), { nil: undefined, freq: 2 }),
  })
  .map(({ revokedAt, ...over }) => grant({ ...over, ...(revokedAt === undefined ? {} : { revokedAt }) }));

it('whatever is covered is a load or refresh without loss, as approved, by enough living grants, within their bounds', () => {
  let covered = 0;
  const gate = fc.record({ approvers: fc.integer({ min: 1, max: 2 }) });
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 3 }),
      fc.array(anyGrant, { maxLength: 5 }),
      gate,
      (changes, grants, asked) => {
        const verdict = cover(run({ changes, gate: asked }), grants);
        if (!('covered' in verdict)) return;
        covered++;
        const used = grants.filter(({ id }) => verdict.covered.grants.includes(id));
        expect(new Set(used.map(({ by }) => by)).size).toBeGreaterThanOrEqual(asked.approvers);
        const acting = changes.filter(({ noop }) => !noop);
        const rows = acting.reduce((sum, { estimate }) => sum + (estimate.rows ?? 0), 0);
        for (const { key, structure, bounds, expiresAt, revokedAt } of used) {
          expect([key, revokedAt]).toEqual(['k', undefined]);
          expect(Date.parse(expiresAt)).toBeGreaterThan(NOW.getTime());
          expect(rows).toBeLessThanOrEqual(bounds.maxRows ?? Infinity);
          for (const { fingerprints } of acting)
            for (const [name, found] of Object.entries(fingerprints)) expect(structure![name]).toBe(found);
        }
        for (const { risk, routine, lossy } of acting) {
          if (risk !== 'read') expect([routine, lossy]).toEqual([true, []]);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  // A law about nothing would hold always.
  expect(covered).toBeGreaterThan(20);
});
