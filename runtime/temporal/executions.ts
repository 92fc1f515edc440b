import { WorkflowNotFoundError, type Client } from '@temporalio/client';

/** Resets of resets that are followed; nobody has done more on purpose. */
const MOST = 50;

export interface Execution {
  /** Temporal's id of the execution. */
  runId: string;
  open: boolean;
  /** Temporal's status of it, as `TERMINATED`. */
  status: string;
}

/**
 * The execution that a workflow lives in now, or did at the end: resets of the one that it was begun in are followed.
 * `undefined`: Temporal knows it no more. Throws when Temporal does not answer.
 */
export async function newestExecution(
  client: Pick<Client, 'workflow'>,
  workflowId: string,
  from: string,
): Promise<Execution | undefined> {
  let runId = from;
  for (let n = 0; n < MOST; n++) {
    const described = await client.workflow
      .getHandle(workflowId, runId)
      .describe()
      .catch((cause: unknown) => {
        if (cause instanceof WorkflowNotFoundError) return undefined;
        throw cause;
      });
    if (!described) return undefined;
    const { raw, status } = described;
    const next = raw.workflowExtendedInfo?.resetRunId;
    if (!next)
      return {
        runId,
        open: status.name === 'RUNNING' || status.name === 'PAUSED',
        status: status.name,
      };
    runId = next;
  }
  return undefined;
}
