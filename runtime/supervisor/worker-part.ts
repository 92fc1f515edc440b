import { Connection } from '@temporalio/client';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../schemas/errors';
import type { HomePaths } from '../home';
import { findByCommand } from '../process-search';
import type { StackState } from '../stack-file';
import { isPolled } from '../temporal/pollers';
import type { PartSpec } from './part';

/** In the worker's command line, so that it can be found; the worker itself reads `SLUICE_HOME`. */
const mark = (paths: HomePaths): string => `--sluice-home=${paths.home}`;

export const workerMark = (paths: HomePaths): string => `${mark(paths)} `;

/** What a worker reads once, at its start. */
export const surroundings = (stack: StackState): string => `${stack.postgres.port} ${stack.temporal.address}`;

export function workerPart(paths: HomePaths, stack: StackState, main: string): PartSpec {
  return {
    name: 'worker',
    log: path.join(paths.logs, 'worker.log'),
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
    find: () => findByCommand(workerMark(paths)),

    prepare() {
      if (!existsSync(main)) {
        throw fail('internal', `The worker's program ${main} is not there.`, {
          next: 'Build it: npm run build',
          state: 'The stack was not started.',
        });
      }
      stack.worker.sees = surroundings(stack);
      const env = {
        ...process.env,
        SLUICE_HOME: paths.home,
        ...(stack.wish.config ? { SLUICE_CONFIG: stack.wish.config } : {}),
      };
      return Promise.resolve({
        command: process.execPath,
        args: ['--enable-source-maps', main, mark(paths)],
        env,
        cwd: path.dirname(paths.home),
      });
    },

    async ready(signal) {
      // Credentials for a Temporal that is not ours are the worker's own business: it runs, that must do.
      if (stack.temporal.port === undefined) return void (await sleep(1_000, undefined, { signal }));
      while (!signal.aborted) {
        if (await polls(stack).catch(() => false)) return;
        await sleep(100, undefined, { signal });
      }
    },
  };
}

async function polls({ temporal, worker }: StackState): Promise<boolean> {
  const connection = await Connection.connect({ address: temporal.address, connectTimeout: 1_000 });
  try {
    return await isPolled(connection, temporal.namespace, worker.taskQueue, new Date(worker.startedAt ?? 0));
  } finally {
    await connection.close();
  }
}
