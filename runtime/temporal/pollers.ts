import type { Connection } from '@temporalio/client';

/** `TASK_QUEUE_TYPE_WORKFLOW` of temporal.api.enums.v1. */
const WORKFLOW = 1;

/**
 * Whether a worker has asked this task queue for workflow tasks since `since`. The server remembers pollers for
 * minutes after they have gone, so only one that came after the worker's start counts.
 */
export async function isPolled(
  connection: Connection,
  namespace: string,
  taskQueue: string,
  since: Date,
): Promise<boolean> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW,
  });
  return (pollers ?? []).some(
    ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= since.getTime() - 1000,
  );
}
