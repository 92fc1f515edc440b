import { type NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../activities';
import type { Services } from '../activities/services';
import { queueName, type Weight } from '../schemas/queues';
import type { Tuning } from './tuning';
import { createWorker, type SluiceWorkerOptions, WORKER_BASICS } from './worker';

export interface PoolOptions extends Pick<
  SluiceWorkerOptions,
  'workflowBundle' | 'activityInterceptors' | 'dataConverter'
> {
  connection: NativeConnection;
  namespace: string;
  /** The base name: where runs are started, and their workflows and light activities run. */
  taskQueue: string;
  services: Services;
  tuning: Tuning;
}

/** The workers of one process, one per task queue, each with its own limit; they start and stop together. */
export interface WorkerPool {
  readonly taskQueues: string[];
  /** Until `shutdown` has been obeyed. Rejects with what ended one of them, after the others have stopped. */
  run(): Promise<void>;
  /** Takes nothing new; what is quick is finished. Idempotent. */
  shutdown(): void;
  /** Whether every one of them asks for work. */
  working(): boolean;
}

export async function createPool(options: PoolOptions): Promise<WorkerPool> {
  const { tuning, taskQueue } = options;
  const workers = await Promise.all(tuning.weights.map((weight) => workerFor(weight, options)));
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    taskQueues: tuning.weights.map((weight) => queueName(taskQueue, weight)),
    async run() {
      const ended = await Promise.allSettled(workers.map((worker) => worker.run().finally(shutdown)));
      const failed = ended.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
    shutdown,
    working: () => workers.every((worker) => worker.getState() === 'RUNNING'),
  };
}

function workerFor(weight: Weight, options: PoolOptions): Promise<Worker> {
  const { connection, namespace, services, tuning, workflowBundle } = options;
  const { activityInterceptors, dataConverter } = options;
  const { limits, maxCachedWorkflows, deployment } = tuning;
  const taskQueue = queueName(options.taskQueue, weight);
  if (weight === 'light') {
    return createWorker({
      connection,
      namespace,
      taskQueue,
      services,
      workflowBundle,
      activityInterceptors,
      dataConverter,
      maxCachedWorkflows,
      maxConcurrentActivities: limits.light,
      deployment,
    });
  }
  return Worker.create({
    ...WORKER_BASICS,
    connection,
    namespace,
    taskQueue,
    activities: createActivities(services),
    interceptors: { activity: activityInterceptors ?? [] },
    ...(dataConverter ? { dataConverter } : {}),
    maxConcurrentActivityTaskExecutions: limits[weight],
    ...(deployment ? { workerDeploymentOptions: deployment } : {}),
  });
}
