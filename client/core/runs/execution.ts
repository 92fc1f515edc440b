import { FINAL_STATUSES } from '../../../schemas/run';
import type { Link } from '../stack';
import type { KnownRun } from './find';

/** Resets of resets that are followed; nobody has done more on purpose. */
const MOST = 50;

/**
 * The run in the execution it lives in now. An operator who resets a workflow ends one execution and begins another
 * from its middle; what the store knows of the run is from before, and is brought up to date here.
 */
export async function afterReset(link: Link, run: KnownRun): Promise<KnownRun> {
  const { row, temporalRunId } = run;
  if (!row || temporalRunId === undefined) return run;
  const newest = await newestExecution(link, run.workflowId, temporalRunId).catch(() => undefined);
  if (!newest || newest.runId === temporalRunId) return run;
  const finished = FINAL_STATUSES.has(row.status);
  const reopened = newest.open && finished;
  await link.store.runs.moved(row, newest.runId, reopened);
  return {
    ...run,
    temporalRunId: newest.runId,
    row: {
      ...row,
      temporalRunId: newest.runId,
      ...(reopened ? { status: 'planning', document: null } : {}),
    },
  };
}

async function newestExecution(
  link: Link,
  workflowId: string,
  from: string,
): Promise<{ runId: string; open: boolean }> {
  let runId = from;
  for (let n = 0; n < MOST; n++) {
    const { raw, status } = await link.client.workflow.getHandle(workflowId, runId).describe();
    const next = raw.workflowExtendedInfo?.resetRunId;
    if (!next) return { runId, open: status.name === 'RUNNING' || status.name === 'PAUSED' };
    runId = next;
  }
  return { runId, open: false };
}
