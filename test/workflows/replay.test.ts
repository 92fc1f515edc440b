import { Worker } from '@temporalio/worker';
import { savedHistories } from '../e2e/histories';
import { workflowBundle } from './scripted';

jest.setTimeout(60_000);

const OUTCOMES = [
  'succeeded',
  'planned',
  'rejected',
  'expired',
  'stale',
  'rolled_back',
  'cancelled',
  'undone',
  'needs_operator',
  'held',
  'covered',
  'nothing_new',
  'starts_another',
  'watched_files',
  'backfilled',
  'backfill_cancelled',
  'ask_answered',
  'ask_asked',
  'ask_cancelled',
  'ask_consulted',
  'ask_declined',
  'ask_over_budget',
  'ask_repaired',
  'agent_planned',
  'agent_long',
  'ask_told',
  'agent_told',
];

describe('invariant 8: history replays', () => {
  it('there is a saved history of every outcome', () => {
    expect(savedHistories().map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(OUTCOMES));
  });

  it.each(savedHistories())('of a run that ended $outcome', async ({ history }) => {
    await Worker.runReplayHistory(
      { workflowBundle: await workflowBundle(), maxCachedWorkflows: 0 } as never,
      history,
    );
  });
});
