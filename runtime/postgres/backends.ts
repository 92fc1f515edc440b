import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, identify } from '../processes';

const PATIENCE_MS = 5_000;

/**
 * Waits for sessions of a server that was killed, then ends them. They end by themselves when they notice; until then
 * no new server can start. Their titles no longer name their cluster, but they work in its directory (which only Linux
 * tells; elsewhere this does nothing).
 */
export async function endBackends(clusterRoot: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const data = path.join(clusterRoot, 'data');
  for (const patience = Date.now() + PATIENCE_MS; ; await sleep(20)) {
    const left = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && workingDirectory(pid) === data);
    if (left.length === 0) return;
    if (Date.now() < patience) continue;
    for (const pid of left) {
      const backend = identify(Number(pid));
      if (backend) await end(backend, 'SIGQUIT', 1_000);
    }
  }
}

function workingDirectory(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // gone, or not ours
  }
}
