import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import type { Bundle } from '../../../activities/services';
import type { RunMode, RunRequest } from '../../../schemas/life';
import { newRunId } from '../run-id';
import type { Link } from '../stack';
import { describeStart } from './describe-start';
import type { KnownRun } from './find';

/** Puts what travels with the run into the store and starts its workflow. `verified`: how the caller was, if so. */
export async function startRun(
  link: Link,
  bundle: Bundle,
  mode: RunMode,
  by: string,
  { verified, ...more }: Pick<RunRequest, 'scheduledAt'> & { verified?: string } = {},
): Promise<KnownRun> {
  const { goal } = bundle.goal;
  const ref = await link.store.artifacts.putJson('bundle', bundle);
  const runId = newRunId(goal);
  // The request travels through Temporal, where anybody may write any name; the store takes it from us alone.
  if (verified !== undefined) await link.store.record.event(runId, 'authored', by, { bundle: ref, verified });
  const request: RunRequest = { sluice: 'run', runId, bundle: ref, mode, by, ...more };
  const handle = await link.client.workflow.start('goal', {
    workflowId: runId,
    taskQueue: link.taskQueue,
    args: [request],
    // How long it may live, before its arguments can be read: workflows/versioning.ts.
    memo: { mode },
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
    ...describeStart(bundle.goal, mode, `started by ${by}`),
  });
  return { runId, goal, workflowId: runId, temporalRunId: handle.firstExecutionRunId };
}
