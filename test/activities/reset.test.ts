import { temporal } from '@temporalio/proto';
import { findRun, type KnownRun } from '../../client/core/runs/find';
import { runNow } from '../../client/core/runs/look';
import { problemOf } from '../client/support/problem';
import { DIGEST } from '../workflows/scripted';
import { deciding, type Deciding, verified } from './deciding';

jest.setTimeout(90_000);

describe('a workflow that an operator resets', () => {
  let at: Deciding;
  beforeAll(async () => {
    at = await deciding({ approvers: 2 });
  });
  afterAll(() => at.close());

  /** Before the workflow task that took in what was sent first; what was sent is applied again, as operators do it. */
  const reset = async (run: KnownRun): Promise<void> => {
    const { client } = at.link;
    const handle = client.workflow.getHandle(run.workflowId, run.temporalRunId);
    const events = (await handle.fetchHistory()).events!;
    const update = events.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    const signal = events.findIndex((event) => event.workflowExecutionSignaledEventAttributes);
    // An update is accepted by the task before it, a signal waits for the next one.
    const from = update >= 0 ? update - 1 : signal;
    const task = events.slice(from).find((event) => event.workflowTaskCompletedEventAttributes)!;
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: run.workflowId, runId: run.temporalRunId! },
      reason: 'a test',
      requestId: `reset-${run.runId}`,
      workflowTaskFinishEventId: task.eventId,
      resetReapplyType: temporal.api.enums.v1.ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE,
    });
  };
  const newest = (run: KnownRun) => at.link.client.workflow.getHandle(run.workflowId);

  it('does not count a decision again; it waits on, and the person may decide anew', async () => {
    const run = await at.waiting();
    await at.approve(run, verified('ann'));
    await reset(run);
    expect(await at.recorded(run, 2)).toMatchObject([
      { decidedBy: 'ann', accepted: true, verified: true },
      { decidedBy: 'ann', accepted: false, reason: 'decision_replayed' },
    ]);
    const again = await findRun(at.link, run.runId);
    expect(again.temporalRunId).not.toBe(run.temporalRunId);
    // Had ann been counted twice, or still, bob would be the second.
    expect(await at.approve(again, verified('bob'))).toMatchObject({ status: 'waiting' });
    await at.approve(again, verified('ann'));
    await expect(newest(run).result()).resolves.toMatchObject({ status: 'succeeded' });
  });

  it('does not apply again by the approvals it had when it was through', async () => {
    const run = await at.waiting();
    await at.approve(run, verified('ann'));
    await at.approve(run, verified('bob'));
    await newest(run).result();
    await reset(run);
    expect((await at.recorded(run, 4)).slice(2)).toMatchObject([
      { accepted: false, reason: 'decision_replayed' },
      { accepted: false, reason: 'decision_replayed' },
    ]);
    const again = await findRun(at.link, run.runId);
    expect(await runNow(at.link, again)).toMatchObject({ status: 'waiting' });
    await newest(run).terminate();
  });

  it('does not count a raw signal again either', async () => {
    const run = await at.waiting();
    await newest(run).signal('approve', { digest: DIGEST, by: 'ann' });
    await at.recorded(run, 1);
    await reset(run);
    expect(await at.recorded(run, 2)).toMatchObject([
      { decidedBy: 'ann', accepted: true, verified: false, via: 'signal' },
      { decidedBy: 'ann', accepted: false, reason: 'decision_replayed' },
    ]);
    const again = await findRun(at.link, run.runId);
    expect(await at.approve(again, verified('bob'))).toMatchObject({ status: 'waiting' });
    expect(await problemOf(at.approve(again, verified('bob')))).toMatchObject({ code: 'decision_duplicate' });
    await newest(run).terminate();
  });
});
