import { type Approval, notOpenAnyMore } from '../../governance/identity/still-open';
import type { Gate } from '../../schemas/run';

const gate = (over: Partial<Gate> = {}): Gate => ({
  ...{ name: 'g', approvers: 1, reason: '', confirm: [], localOverride: false, deadlineMs: 1 },
  ...over,
});
const approval = (by: string, over: Partial<Approval> = {}): Approval => {
  const voter = { by, verified: true, roles: ['dba'] };
  return { then: voter, now: voter, ...over };
};
const lost = (by: string): Approval => approval(by, { lost: `${by} was removed` });

describe('a gate that was opened', () => {
  it.each<[string, Gate, Approval[]]>([
    ['by whom nothing has become of', gate(), [approval('ann')]],
    ['by one more than it needs', gate(), [lost('ann'), approval('bob')]],
    [
      'without a role that was lost',
      gate(),
      [approval('ann', { now: { by: 'ann', verified: true, roles: [] } })],
    ],
    ['by one person who stood for two', gate({ approvers: 2, localOverride: true }), [approval('ann')]],
  ])('%s is open still', (_what, asked, approvals) => {
    expect(notOpenAnyMore(asked, approvals)).toEqual([]);
  });

  it.each<[string, Gate, Approval[], string]>([
    ['by somebody who is gone', gate(), [lost('ann')], 'ann was removed'],
    [
      'by two, of whom one is gone',
      gate({ approvers: 2 }),
      [lost('ann'), approval('bob')],
      'ann was removed',
    ],
    [
      'by the only one with a role, who has it no more',
      gate({ roles: { dba: 1 } }),
      [approval('ann', { now: { by: 'ann', verified: true, roles: [] } })],
      'ann is not dba any more',
    ],
    [
      'by two who turn out to be one person',
      gate({ approvers: 2 }),
      [lost('eve'), approval('ann'), approval('anna', { now: { by: 'ann', verified: true, roles: [] } })],
      'eve was removed',
    ],
    [
      'by the author and another who is gone',
      gate({ notAlone: ['ann'] }),
      [approval('ann'), lost('bob')],
      'bob',
    ],
    [
      'by one person who stood for two and is gone',
      gate({ approvers: 2, localOverride: true }),
      [lost('ann')],
      'ann was removed',
    ],
  ])('%s is not any more', (_what, asked, approvals, why) => {
    expect(notOpenAnyMore(asked, approvals).join()).toContain(why);
  });
});
