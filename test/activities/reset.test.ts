import { temporal } from '@temporalio/proto';
import { decide as decideActivity } from '../../activities/decide';
import type { Services } from '../../activities/services';
import { decide } from '../../client/core/runs/decide';
import { findRun, type KnownRun } from '../../client/core/runs/find';
import { runNow } from '../../client/core/runs/look';
import type { Link } from '../../client/core/stack';
import type { Gate, Proposal } from '../../schemas/run';
import type { Subject } from '../../store/identity/tickets';
import { testLink } from '../client/support/link';
import { problemOf } from '../client/support/problem';
import { DIGEST, scripted, type Scripted } from '../workflows/scripted';

jest.setTimeout(90_000);

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const signedIn = (by: string): Subject => ({ by, verified: true, roles: [], method: 'token' });

/** The real workflow, the real `decide` and the real store; the rest of a run's life is scripted. */
describe('a workflow that an operator resets', () => {
  let link: Link;
  let worker: Scripted;
  beforeAll(async () => {
    link = await testLink();
    const services = { store: link.store, log: quiet } as unknown as Services;
    const gate: Gate = {
      name: 'approval',
      approvers: 2,
      reason: 'two',
      confirm: [],
      localOverride: false,
      deadlineMs: 60_000,
    };
    worker = await scripted({
      gate,
      activities: {
        decide: (input) => decideActivity(services, input),
        admit: async ({ runId, workflowId, temporalRunId }) => {
          const bundle = await link.store.artifacts.putJson('bundle', {
            goal: { goal: 'g', warehouse: 'local' },
            config: { connections: {} },
          });
          const run = { runId, goal: 'g', workflowId, temporalRunId, bundle };
          await link.store.runs.begin({ ...run, mode: 'apply', startedBy: 'zoe' });
          return {
            run: { runId, goal: 'g', bundle },
            mode: 'apply',
            by: 'zoe',
            owner: '',
            warehouse: 'local',
            onFailure: 'undo',
            deadlineMs: 60_000,
            steps: [{ id: 'a', needs: [], kind: 'ingest' }],
          };
        },
        record: async ({ document }) => {
          await link.store.runs.report(document);
          return { followers: [] };
        },
        seal: async ({ run }) => {
          const proposal: Partial<Proposal> = { gates: [gate], digest: DIGEST };
          const ref = await link.store.artifacts.putJson('proposal', proposal);
          await link.store.runs.proposed(run.runId, 'waiting', DIGEST, ref);
          const view = { digest: DIGEST, proposal: ref, gate, rehearsal: 'proven' as const, changes: [] };
          return { digest: DIGEST, proposal: ref, gate, view };
        },
      },
    });
  });
  afterAll(async () => {
    await worker.close();
    await link.close();
  });

  const waiting = async (): Promise<KnownRun> => {
    const handle = await worker.start();
    await worker.until(handle, 'waiting');
    return findRun(link, handle.workflowId);
  };
  const approve = (run: KnownRun, by: string) =>
    decide(link, run, { verdict: 'approve', digest: DIGEST, by, subject: signedIn(by) });
  const execution = ({ workflowId, temporalRunId }: KnownRun) => ({ workflowId, runId: temporalRunId! });

  /** Before the workflow task that took in what was sent first; what was sent is applied again, as operators do it. */
  const reset = async (run: KnownRun): Promise<void> => {
    const handle = link.client.workflow.getHandle(run.workflowId, run.temporalRunId);
    const events = (await handle.fetchHistory()).events!;
    const update = events.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    const signal = events.findIndex((event) => event.workflowExecutionSignaledEventAttributes);
    // An update is accepted by the task before it, a signal waits for the next one.
    const from = update >= 0 ? update - 1 : signal;
    const task = events.slice(from).find((event) => event.workflowTaskCompletedEventAttributes)!;
    await link.client.workflowService.resetWorkflowExecution({
      namespace: link.client.options.namespace,
      workflowExecution: execution(run),
      reason: 'a test',
      requestId: `reset-${run.runId}`,
      workflowTaskFinishEventId: task.eventId,
      resetReapplyType: temporal.api.enums.v1.ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE,
    });
  };
  const recorded = async (run: KnownRun, wanted: number) => {
    for (const end = Date.now() + 20_000; ;) {
      const rows = await link.store.record.decisions(run.runId);
      if (rows.length >= wanted) return rows;
      if (Date.now() > end) throw new Error(`waited for ${wanted} decisions: ${JSON.stringify(rows)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('does not count a decision again; it waits on, and the person may decide anew', async () => {
    const run = await waiting();
    await approve(run, 'ann');
    await reset(run);
    expect(await recorded(run, 2)).toMatchObject([
      { decidedBy: 'ann', accepted: true, verified: true },
      { decidedBy: 'ann', accepted: false, reason: 'decision_replayed' },
    ]);
    const again = await findRun(link, run.runId);
    expect(again.temporalRunId).not.toBe(run.temporalRunId);
    // Had ann been counted twice, or still, bob would be the second.
    expect(await approve(again, 'bob')).toMatchObject({ status: 'waiting' });
    await approve(again, 'ann');
    await expect(link.client.workflow.getHandle(run.workflowId).result()).resolves.toMatchObject({
      status: 'succeeded',
    });
  });

  it('does not apply again by the approvals it had when it was through', async () => {
    const run = await waiting();
    await approve(run, 'ann');
    await approve(run, 'bob');
    await link.client.workflow.getHandle(run.workflowId).result();
    await reset(run);
    expect((await recorded(run, 4)).slice(2)).toMatchObject([
      { accepted: false, reason: 'decision_replayed' },
      { accepted: false, reason: 'decision_replayed' },
    ]);
    const again = await findRun(link, run.runId);
    expect(await runNow(link, again)).toMatchObject({ status: 'waiting' });
    await link.client.workflow.getHandle(run.workflowId).terminate();
  });

  it('does not count a raw signal again either', async () => {
    const run = await waiting();
    await link.client.workflow.getHandle(run.workflowId).signal('approve', { digest: DIGEST, by: 'ann' });
    await recorded(run, 1);
    await reset(run);
    expect(await recorded(run, 2)).toMatchObject([
      { decidedBy: 'ann', accepted: true, verified: false, via: 'signal' },
      { decidedBy: 'ann', accepted: false, reason: 'decision_replayed' },
    ]);
    const again = await findRun(link, run.runId);
    expect(await approve(again, 'bob')).toMatchObject({ status: 'waiting' });
    expect(await problemOf(approve(again, 'bob'))).toMatchObject({ code: 'decision_duplicate' });
    await link.client.workflow.getHandle(run.workflowId).terminate();
  });
});
