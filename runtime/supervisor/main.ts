import { parseArgs } from 'node:util';
import pino from 'pino';
import { fail } from '../../schemas/errors';
import { homePaths } from '../home';
import type { StackWish } from '../stack-file';
import { clusterPrograms } from '../temporal/cluster/install';
import { supervise } from './supervise';

/** The supervisor's process. Started by `up`, detached; its output is `<home>/logs/supervisor.log`. */
async function main(): Promise<void> {
  process.umask(0o077);
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      wish: { type: 'string' },
      worker: { type: 'string' },
      temporal: { type: 'string' },
      cluster: { type: 'string' },
    },
  });
  const { home, wish, worker, temporal } = values;
  const cluster = values.cluster === undefined ? undefined : clusterPrograms(values.cluster);
  if (!home || !wish || !worker) {
    throw fail('usage', 'The supervisor was started without --home, --wish or --worker.', {
      next: 'Start it with `sluice up`.',
    });
  }

  const logger = pino({ base: { supervisor: process.pid } }, pino.destination({ fd: 1, sync: true }));
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
  process.on('SIGHUP', () => undefined); // the terminal of whoever said `up` was closed
  const log = (fields: object, message: string): void => logger.info(fields, message);
  await supervise(
    homePaths(home),
    JSON.parse(wish) as StackWish,
    { temporal, cluster, worker },
    stop.signal,
    log,
  );
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
    process.exit(1);
  },
);
