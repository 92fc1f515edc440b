import fc from 'fast-check';
import { undoGate, undoRisk } from '../../../governance/policy/undo';
import { atLeast } from '../../../governance/policy/requirement';
import { RISKS } from '../../../schemas/change';
import type { Gate } from '../../../schemas/run';

const gates = fc.record<Gate>(
  {
    name: fc.constant('approval'),
    approvers: fc.nat(4),
    reason: fc.string(),
    confirm: fc.array(fc.constantFrom('s.a', 's.b')),
    localOverride: fc.boolean(),
    deadlineMs: fc.nat(),
    roles: fc.dictionary(fc.constantFrom('dba', 'privacy'), fc.integer({ min: 1, max: 3 })),
    verified: fc.boolean(),
    notAlone: fc.array(fc.constantFrom('ann', 'bob')),
    beyond: fc.array(fc.string()),
  },
  { requiredKeys: ['name', 'approvers', 'reason', 'confirm', 'localOverride', 'deadlineMs'] },
);

/** As policy joins them. */
const requirement = ({ approvers, roles = {}, notAlone = [], deadlineMs }: Gate) => ({
  ...{ deny: [], approvers, roles, separate: notAlone.length > 0, deadlineMs, remindMs: [], windows: [] },
});

describe('the gate of an undo', () => {
  it('asks for all that is asked of what it takes back, for one verified person at least, and nobody stands for two', () => {
    fc.assert(
      fc.property(gates, (gate) => {
        const undo = undoGate(gate, 'r');
        expect(atLeast(requirement(undo), requirement(gate))).toBe(true);
        expect(undo.approvers).toBeGreaterThanOrEqual(1);
        expect(undo).toMatchObject({ verified: true, localOverride: false, confirm: [] });
      }),
    );
  });

  it('is not held up by change windows, nor by what went beyond the words of a goal', () => {
    const window = { timezone: 'UTC', days: ['mon'], from: '01:00', to: '02:00' };
    const gate: Gate = {
      ...{ name: 'approval', approvers: 2, reason: 'r', confirm: [], localOverride: true, deadlineMs: 1 },
      ...{ windows: [window], beyond: ['x'] },
    };
    expect(undoGate(gate, 'r')).not.toHaveProperty('windows');
    expect(undoGate(gate, 'r')).not.toHaveProperty('beyond');
  });
});

it('taking back what added takes away; what replaced is replaced again; what read does nothing', () => {
  expect(RISKS.map(undoRisk)).toEqual(['read', 'destructive', 'rewriting', 'rewriting']);
});
