import { decide as decideActivity } from '../../activities/decide';
import type { Services } from '../../activities/services';
import { decide } from '../../client/core/runs/decide';
import { findRun, type KnownRun } from '../../client/core/runs/find';
import type { Link } from '../../client/core/stack';
import type { Gate, Proposal, RunDocument } from '../../schemas/run';
import type { Subject } from '../../store/identity/tickets';
import { testLink } from '../client/support/link';
import { DIGEST, scripted, type Scripted } from '../workflows/scripted';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export const verified = (by: string, roles: string[] = []): Subject => ({
  by,
  verified: true,
  roles,
  method: 'token',
});

export interface Deciding {
  link: Link;
  worker: Scripted;
  /** Starts a run and waits until it is at its gate. */
  waiting(): Promise<KnownRun>;
  approve(run: KnownRun, subject: Subject): Promise<RunDocument>;
  /** The decisions on the record, once there are so many. */
  recorded(run: KnownRun, atLeast: number): ReturnType<Link['store']['record']['decisions']>;
  close(): Promise<void>;
}

/** The real workflow, the real `decide` and the real store; the rest of a run's life is scripted. */
export async function deciding(
  over: Partial<Gate>,
  environment: 'dev' | 'protected' = 'dev',
): Promise<Deciding> {
  const link = await testLink();
  const producer = { namespace: 'test', version: '0' };
  const services = { store: link.store, log: quiet, producer } as unknown as Services;
  const gate: Gate = {
    name: 'approval',
    approvers: 2,
    reason: 'two',
    confirm: [],
    localOverride: false,
    deadlineMs: 60_000,
    ...over,
  };
  const warehouse = { kind: 'postgres', environment };
  const worker = await scripted({
    gate,
    activities: {
      decide: (input) => decideActivity(services, input),
      admit: async ({ runId, workflowId, temporalRunId }) => {
        const bundle = await link.store.artifacts.putJson('bundle', {
          goal: { goal: 'g', warehouse: 'w', steps: [] },
          config: { connections: { w: warehouse } },
        });
        await link.store.runs.begin({
          runId,
          goal: 'g',
          workflowId,
          temporalRunId,
          mode: 'apply',
          startedBy: 'zoe',
          bundle,
        });
        return {
          run: { runId, goal: 'g', bundle },
          mode: 'apply',
          by: 'zoe',
          owner: '',
          warehouse: 'w',
          onFailure: 'undo',
          deadlineMs: 60_000,
          steps: [{ id: 'a', needs: [], kind: 'ingest' }],
        };
      },
      seal: async ({ run }) => {
        const proposal: Partial<Proposal> = { gates: [gate], digest: DIGEST };
        const ref = await link.store.artifacts.putJson('proposal', proposal);
        await link.store.runs.proposed(run.runId, 'waiting', DIGEST, ref);
        const view = { digest: DIGEST, proposal: ref, gate, rehearsal: 'proven' as const, changes: [] };
        return { digest: DIGEST, proposal: ref, gate, view, waits: true };
      },
      record: async ({ document }) => {
        await link.store.runs.report(document);
        return { followers: [] };
      },
    },
  });
  return {
    link,
    worker,
    async waiting() {
      const handle = await worker.start();
      await worker.until(handle, 'waiting');
      return findRun(link, handle.workflowId);
    },
    approve: (run, subject) =>
      decide(link, run, { verdict: 'approve', digest: DIGEST, by: subject.by, subject }),
    async recorded(run, atLeast) {
      for (const end = Date.now() + 20_000; ;) {
        const rows = await link.store.record.decisions(run.runId);
        if (rows.length >= atLeast) return rows;
        if (Date.now() > end) throw new Error(`waited for ${atLeast} decisions: ${JSON.stringify(rows)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async close() {
      await worker.close();
      await link.close();
    },
  };
}
