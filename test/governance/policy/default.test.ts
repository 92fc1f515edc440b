import fc from 'fast-check';
import { defaultGate } from '../../../governance/policy/default';
import { RISKS } from '../../../schemas/change';

const change = (over: Partial<Parameters<typeof defaultGate>[0][number]> = {}) => ({
  step: 's',
  risk: 'additive' as const,
  lossy: [],
  noop: false,
  routine: false,
  writes: ['raw.t'],
  ...over,
});
const DAY = 86_400_000;

describe('the default policy', () => {
  it('opens the gate by itself when nothing would change', () => {
    expect(defaultGate([change({ noop: true })], 'dev', DAY)).toMatchObject({ approvers: 0, confirm: [] });
  });

  it('needs nobody for what only reads', () => {
    expect(defaultGate([change({ risk: 'read', writes: [] })], 'protected', DAY).approvers).toBe(0);
  });

  it('needs one approver, and no confirmation, for what adds', () => {
    expect(defaultGate([change()], 'dev', DAY)).toMatchObject({ approvers: 1, confirm: [] });
  });

  it('treats a routine refresh with an exact undo as additive', () => {
    expect(defaultGate([change({ risk: 'rewriting', routine: true })], 'dev', DAY)).toMatchObject({
      approvers: 1,
      confirm: [],
    });
  });

  it('asks no more for dropping again what the run itself made', () => {
    expect(defaultGate([change({ risk: 'destructive', routine: true })], 'dev', DAY)).toMatchObject({
      approvers: 1,
      confirm: [],
    });
  });

  it('wants the relation named for any other rewriting', () => {
    expect(defaultGate([change({ risk: 'rewriting' })], 'dev', DAY)).toMatchObject({
      approvers: 1,
      confirm: ['raw.t'],
    });
  });

  it.each([
    ['destructive', change({ risk: 'destructive' })],
    ['lossy', change({ lossy: ['the order of rows'] })],
    ['routine but lossy', change({ routine: true, risk: 'rewriting', lossy: ['x'] })],
  ])('needs two different approvers for what is %s', (_name, severe) => {
    expect(defaultGate([change(), severe], 'dev', DAY)).toMatchObject({
      approvers: 2,
      confirm: ['raw.t'],
    });
  });

  it('never lets one person at the machine stand for two in a protected environment', () => {
    expect(defaultGate([change({ risk: 'destructive' })], 'protected', DAY).localOverride).toBe(false);
  });

  it('never asks for less because there is more to do', () => {
    const arbitrary = fc.record({
      step: fc.constant('s'),
      risk: fc.constantFrom(...RISKS),
      lossy: fc.array(fc.constant('something'), { maxLength: 1 }),
      noop: fc.boolean(),
      routine: fc.boolean(),
      writes: fc.array(fc.constantFrom('a.b', 'c.d'), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 5 }), arbitrary, (changes, more) => {
        const less = defaultGate(changes, 'dev', DAY);
        const gate = defaultGate([...changes, more], 'dev', DAY);
        expect(gate.approvers).toBeGreaterThanOrEqual(less.approvers);
        expect(gate.confirm).toEqual(expect.arrayContaining(less.confirm));
      }),
    );
  });
});
