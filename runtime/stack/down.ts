import { existsSync } from 'node:fs';
import path from 'node:path';
import type { HomePaths } from '../home';
import { existingHome } from '../home';
import { withLock } from '../lock';
import { endBackends } from '../postgres/backends';
import { knownClusterRoot } from '../postgres/location';
import { serverMark } from '../postgres/open';
import { findByCommand } from '../process-search';
import type { ProcessRef } from '../processes';
import { end, isRunning, signal, waitForEnd } from '../processes';
import { readStack, writeStack } from '../stack-file';
import { workerMark } from '../supervisor/worker-part';
import { clusterRoot } from '../supervisor/temporal-cluster-part';
import { clusterMark } from '../temporal/cluster/config';
import type { Say } from '../temporal/install';
import { temporalMark } from '../temporal/server';

/** Milliseconds a supervisor may take: the sum of what it grants its parts. */
const SUPERVISOR_MS = 100_000;

/**
 * Stops the stack of a home, whatever is left of it. Idempotent. Afterwards no process of it runs.
 * @returns the number of processes that were ended
 * @throws `lock_timeout`
 */
export async function down(options: { home: string; say?: Say }): Promise<number> {
  const say = options.say ?? (() => undefined);
  if (!existsSync(options.home)) return 0;
  const paths = existingHome(options.home);
  const lock = {
    what: 'starting or stopping this stack',
    timeoutMs: SUPERVISOR_MS,
    onWait: (pid: number) => say(`waiting for process ${pid}, which is starting or stopping this stack …`),
  };
  return withLock(paths.lock, lock, () => stopStack(paths, say));
}

/** `down` for whoever holds the lock. */
export async function stopStack(paths: HomePaths, say: Say): Promise<number> {
  const before = parts(paths).flatMap((part) => part.find()).length;
  const state = readStack(paths);
  if (isRunning(state?.supervisor)) {
    say('stopping the worker, Temporal and PostgreSQL …');
    signal(state.supervisor, 'SIGTERM');
    if (!(await waitForEnd(state.supervisor, SUPERVISOR_MS))) signal(state.supervisor, 'SIGKILL');
  }
  // What a supervisor that was killed, or had to be, has left.
  for (const { name, find, polite, graceMs } of parts(paths)) {
    const ending = find().map((process) => {
      say(`stopping ${name} (process ${process.pid}) …`);
      return end(process, polite, graceMs);
    });
    await Promise.all(ending);
  }
  const root = knownClusterRoot(paths);
  if (root !== undefined) await endBackends(root);
  const last = readStack(paths);
  if (last && last.phase !== 'down') {
    for (const part of [last.postgres, last.temporal, last.worker, ...(last.moreWorkers ?? [])])
      Object.assign(part, { process: undefined, ready: false });
    writeStack(paths, { ...last, phase: 'down', supervisor: undefined });
  }
  return before;
}

interface StoppablePart {
  name: string;
  find: () => ProcessRef[];
  polite: NodeJS.Signals;
  graceMs: number;
}

/** By command line, so that no process is missed for lack of a record. In the order in which they are stopped. */
function parts(paths: HomePaths): StoppablePart[] {
  const root = knownClusterRoot(paths);
  const database = path.join(paths.temporal, 'temporal.db');
  const cluster =
    root === undefined ? [] : [{ name: 'PostgreSQL', find: () => findByCommand(serverMark({ root })) }];
  return [
    {
      name: 'the supervisor',
      find: () => findByCommand(`--home ${paths.home} --wish `),
      polite: 'SIGTERM',
      graceMs: SUPERVISOR_MS,
    },
    { name: 'a worker', find: () => findByCommand(workerMark(paths)), polite: 'SIGTERM', graceMs: 20_000 },
    {
      name: 'Temporal',
      find: () => [temporalMark(database), clusterMark(clusterRoot(paths))].flatMap(findByCommand),
      polite: 'SIGTERM',
      graceMs: 30_000,
    },
    ...cluster.map((part) => ({ ...part, polite: 'SIGINT' as const, graceMs: 60_000 })),
  ];
}
