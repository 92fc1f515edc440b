import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import type { StackState } from '../../runtime/stack-file';

export const BARE_QUEUE = 'bench-bare';

/** While `work` goes on, a worker in this process serves the workflow `bare` on {@link BARE_QUEUE} of the stack's server. */
export async function withBareWorker<T>({ temporal }: StackState, work: () => Promise<T>): Promise<T> {
  const connection = await NativeConnection.connect({ address: temporal.address });
  try {
    const worker = await Worker.create({
      connection,
      namespace: temporal.namespace,
      taskQueue: BARE_QUEUE,
      workflowBundle: await bundleWorkflowCode({
        workflowsPath: join(__dirname, 'bare-workflow.ts'),
        logger: new DefaultLogger('ERROR'),
      }),
      activities: { nothing: () => Promise.resolve() },
    });
    return await worker.runUntil(work);
  } finally {
    await connection.close();
  }
}
