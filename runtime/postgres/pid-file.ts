import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { commandLine } from '../process-search';
import { type Cluster, dataDirectory } from './cluster';
import { serverMark } from './open';

const pidFile = (cluster: Cluster): string => path.join(dataDirectory(cluster), 'postmaster.pid');

/**
 * Lines of `postmaster.pid` (src/include/utils/pidfile.h): the process's number, four that do not matter here, and as
 * the eighth its status, which is `ready` when it accepts connections.
 */
function readPidFile(cluster: Cluster): { pid: number; ready: boolean } | undefined {
  try {
    const lines = readFileSync(pidFile(cluster), 'utf8').split('\n');
    return { pid: Number.parseInt(lines[0] ?? '', 10), ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined; // there is none: it was shut down
  }
}

/**
 * Whether this very server accepts connections. That something answers on its port is not enough: it may be another
 * stack's, which was faster.
 */
export function saysReady(cluster: Cluster, pid: number | undefined): boolean {
  const found = readPidFile(cluster);
  return found?.ready === true && found.pid === pid;
}

/**
 * Removes a `postmaster.pid` whose process is gone. PostgreSQL does so itself unless another process of the same user
 * has been given the number since (after a restart of the machine that is likely); then it would refuse to start.
 */
export function removeStalePidFile(cluster: Cluster): void {
  const found = readPidFile(cluster);
  if (found && !commandLine(found.pid)?.includes(serverMark(cluster)))
    rmSync(pidFile(cluster), { force: true });
}
