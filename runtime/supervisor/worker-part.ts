import { Connection } from '@temporalio/client';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../schemas/errors';
import type { HomePaths } from '../home';
import { findByCommand } from '../process-search';
import type { StackState, WorkerState } from '../stack-file';
import { isPolled } from '../temporal/pollers';
import type { PartSpec } from './part';
import { metricsPort } from './stack-ports';

/** In the worker's command line, so that it can be found; the worker itself reads `SLUICE_HOME`. */
const mark = (paths: HomePaths): string => `--sluice-home=${paths.home}`;

export const workerMark = (paths: HomePaths): string => `${mark(paths)} `;

/** What the workers of `up --cluster` are a version of, and which. */
export const DEPLOYMENT = 'sluice';
export const shortBuild = ({ wish }: StackState): string => wish.build.slice(0, 12);

/** What a worker reads once, at its start. */
export const surroundings = (stack: StackState): string => `${stack.postgres.port} ${stack.temporal.address}`;

/** `number`: 1 for the first, and often only one. `worker`: its place in the stack's state. */
export function workerPart(
  paths: HomePaths,
  stack: StackState,
  main: string,
  number = 1,
  worker: WorkerState = stack.worker,
): PartSpec {
  const mine = `--sluice-worker=${number}`;
  return {
    name: 'worker',
    log: path.join(paths.logs, number === 1 ? 'worker.log' : `worker-${number}.log`),
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
    find: () => findByCommand(`${workerMark(paths)}${mine} `),

    async prepare() {
      if (!existsSync(main)) {
        throw fail('internal', `The worker's program ${main} is not there.`, {
          next: 'Build it: npm run build',
          state: 'The stack was not started.',
        });
      }
      worker.sees = surroundings(stack);
      worker.model = modelIn(process.env);
      const port = await metricsPort(stack, worker, number);
      const env = {
        ...process.env,
        SLUICE_HOME: paths.home,
        SLUICE_METRICS_BIND: `127.0.0.1:${port}`,
        ...(stack.wish.config ? { SLUICE_CONFIG: stack.wish.config } : {}),
        // In a cluster its version decides which runs it gets: supervise.ts makes it the current one.
        ...(stack.wish.cluster ? { SLUICE_DEPLOYMENT: DEPLOYMENT, SLUICE_BUILD_ID: shortBuild(stack) } : {}),
      };
      return {
        command: process.execPath,
        args: ['--enable-source-maps', main, mark(paths), mine],
        env,
        cwd: path.dirname(paths.home),
      };
    },

    async ready(signal) {
      // Credentials for a Temporal that is not ours are the worker's own business: it runs, that must do.
      if (stack.temporal.port === undefined) return void (await sleep(1_000, undefined, { signal }));
      while (!signal.aborted) {
        if (await polls(stack, worker).catch(() => false)) return;
        await sleep(100, undefined, { signal });
      }
    },
  };
}

function modelIn(env: NodeJS.ProcessEnv): WorkerState['model'] {
  const key = [env.ANTHROPIC_API_KEY, env.SLUICE_SECRET_ANTHROPIC_API_KEY].some((value) => value?.trim());
  const baseUrl = env.ANTHROPIC_BASE_URL?.trim();
  // A URL may hold a password; where it leads does not.
  return { key, ...(baseUrl && URL.canParse(baseUrl) ? { baseUrl: new URL(baseUrl).origin } : {}) };
}

async function polls({ temporal }: StackState, worker: WorkerState): Promise<boolean> {
  const connection = await Connection.connect({ address: temporal.address, connectTimeout: 1_000 });
  try {
    return await isPolled(connection, temporal.namespace, worker.taskQueue, {
      since: new Date(worker.startedAt ?? 0),
      pid: worker.process?.pid,
    });
  } finally {
    await connection.close();
  }
}
