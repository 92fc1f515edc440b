import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { SluiceError } from '../../../schemas/errors';
import { FINAL_STATUSES, type ProposalView, type RunDocument } from '../../../schemas/run';
import { realEngine, type RealEngine, type RealEngineOptions } from '../../e2e/in-process';
import type { GoalDocument } from '../task';
import { makeWorld } from '../world';

/** How a goal ended, and what its gate asked for. */
export interface Ran {
  runId?: string;
  status: RunDocument['status'] | 'refused';
  message?: string;
  /** Relations that a decision had to name. */
  confirm: string[];
  document?: RunDocument;
}

export interface EvalBench {
  engine: RealEngine;
  /** Checks, plans, rehearses, approves and applies; never throws for what is wrong with the goal. */
  apply(goal: GoalDocument): Promise<Ran>;
  /** Follows a run that was started otherwise to its end, approving at its gate. */
  follow(handle: WorkflowHandle): Promise<Ran>;
  undo(runId: string): Promise<RunDocument['status']>;
  close(): Promise<void>;
}

const POLL_MS = 20;
const LONGEST_MS = 90_000;

/** The real engine in this process, over a warehouse with the shop and the flights of January, or of its first days. */
export async function evalBench(options: RealEngineOptions = {}, days = 31): Promise<EvalBench> {
  const engine = await realEngine('eval', options);
  await makeWorld(engine.admin, engine.root, days);
  const follow = async (handle: WorkflowHandle): Promise<Ran> => {
    let confirm: string[] = [];
    for (
      const end = Date.now() + LONGEST_MS;
      ;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    ) {
      const { status, digest } = await handle.query<RunDocument>('status');
      if (FINAL_STATUSES.has(status) || status === 'held') break;
      if (Date.now() > end) throw new Error(`run ${handle.workflowId} is still ${status}`);
      if (status !== 'waiting') continue;
      const proposal = await handle.query<ProposalView>('proposal');
      confirm = proposal.gate.confirm;
      // So many different people as it asks for.
      for (const by of ['ann', 'bob'].slice(0, proposal.gate.approvers)) {
        const decision = { verdict: 'approve', digest, by };
        await handle.executeUpdate('decide', { args: [decision] }).catch(() => undefined);
      }
    }
    const document = await engine.outcome(handle);
    const { status, error } = document;
    return {
      runId: handle.workflowId,
      status,
      confirm,
      document,
      ...(error ? { message: error.message } : {}),
    };
  };
  return {
    engine,
    follow,
    async apply(goal) {
      try {
        return await follow(await engine.start(goal));
      } catch (cause) {
        if (!(cause instanceof SluiceError)) throw cause;
        return { status: 'refused', confirm: [], message: cause.message };
      }
    },
    async undo(runId) {
      const handle = await engine.client.workflow.start('undo', {
        taskQueue: engine.taskQueue,
        workflowId: `undo-${runId}-${randomUUID().slice(0, 8)}`,
        args: [{ runId, by: 'ann' }],
      });
      return (await engine.outcome(handle)).status;
    },
    close: () => engine.close(),
  };
}
