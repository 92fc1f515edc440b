import type { Connection } from '@temporalio/client';

/** `TASK_QUEUE_TYPE_WORKFLOW` of temporal.api.enums.v1. */
const WORKFLOW = 1;

export interface Poller {
  /** The server remembers pollers for minutes after they have gone: only one that came after its start counts. */
  since: Date;
  /** Which process, where several ask the same queue: the SDK's identity is `pid@host`. */
  pid?: number;
}

/** Whether a worker has asked this task queue for workflow tasks. */
export async function isPolled(
  connection: Connection,
  namespace: string,
  taskQueue: string,
  { since, pid }: Poller,
): Promise<boolean> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW,
  });
  return (pollers ?? []).some(
    ({ lastAccessTime, identity }) =>
      Number(lastAccessTime?.seconds ?? 0) * 1000 >= since.getTime() - 1000 &&
      (pid === undefined || identity?.startsWith(`${pid}@`)),
  );
}
