import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ActivityInterceptorsFactory,
  type NativeConnection,
  Worker,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import type { DataConverter } from '@temporalio/common';
import { createActivities } from '../activities';
import type { Services } from '../activities/services';
import { fail } from '../schemas/errors';
import { withEncodedFailures } from './encoded-failures';

/** The task queue that clients start runs on. */
export const TASK_QUEUE = 'sluice';

export interface SluiceWorkerOptions {
  connection: NativeConnection;
  namespace?: string;
  taskQueue?: string;
  services: Services;
  /** Bundled workflow code; default: the one built beside this file. */
  workflowBundle?: WorkerOptions['workflowBundle'];
  /** Cached workflows; each that waits at a gate costs about half a megabyte. */
  maxCachedWorkflows?: number;
  /** Activities at the same time; each holds at most two connections to the warehouse. */
  maxConcurrentActivities?: number;
  /** Encrypts what Temporal keeps (governance/codec); absent: plain. */
  dataConverter?: DataConverter;
  /** The versioned deployment it belongs to. */
  deployment?: WorkerDeploymentOptions;
  /** What looks at activities from outside: metrics, traces. */
  activityInterceptors?: ActivityInterceptorsFactory[];
}

/** What every worker of ours has, whatever its queue. */
export const WORKER_BASICS = {
  // Cancellation travels back on heartbeats: by default only every four fifths of their timeout.
  maxHeartbeatThrottleInterval: '1s',
  // A worker that is told to stop finishes what is quick; what is long is taken up elsewhere from its ledger row.
  shutdownGraceTime: '5s',
  shutdownForceTime: '15s',
} as const satisfies Partial<WorkerOptions>;

/** A worker for all of Sluice's workflows and activities, on one task queue. */
export async function createWorker(options: SluiceWorkerOptions): Promise<Worker> {
  const { dataConverter, workflowBundle: bundle = builtBundle() } = options;
  return Worker.create({
    ...WORKER_BASICS,
    connection: options.connection,
    namespace: options.namespace ?? 'default',
    taskQueue: options.taskQueue ?? TASK_QUEUE,
    workflowBundle: dataConverter ? withEncodedFailures(bundle) : bundle,
    ...(dataConverter ? { dataConverter } : {}),
    activities: createActivities(options.services),
    maxCachedWorkflows: options.maxCachedWorkflows ?? 500,
    interceptors: { activity: options.activityInterceptors ?? [] },
    maxConcurrentActivityTaskExecutions: options.maxConcurrentActivities ?? 12,
    ...(options.deployment ? { workerDeploymentOptions: options.deployment } : {}),
  });
}

function builtBundle(): { codePath: string } {
  const codePath = join(__dirname, '..', 'workflow-bundle.js');
  if (!existsSync(codePath)) {
    throw fail('internal', 'The workflow code is not built.', {
      next: 'Run `npm run build`.',
      place: codePath,
    });
  }
  return { codePath };
}
