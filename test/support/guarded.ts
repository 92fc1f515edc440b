import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';

/**
 * Runs a server that cannot outlive us: a shell starts it and waits for its own standard input to close. Our end of
 * that pipe closes when we do, however we end, SIGKILL included.
 */
const GUARD =
  '"$@" </dev/null & pid=$!; read -r _; kill -s "$SIGNAL" $pid 2>/dev/null; wait $pid; rm -rf "$SCRATCH"';

export interface GuardedOptions {
  /** Ends the server at once and cleanly. */
  signal: 'INT' | 'TERM' | 'QUIT';
  log: string;
  /** Removed when the server has ended. */
  scratch: string;
  uid?: number;
  gid?: number;
  cwd?: string;
}

export function startGuarded(command: string, args: string[], options: GuardedOptions): ChildProcess {
  const { signal, log, scratch, ...as } = options;
  const out = openSync(log, 'a');
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', command, ...args], {
    ...as,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', SIGNAL: signal, SCRATCH: scratch },
    stdio: ['pipe', out, out],
    // Its own process group: a Ctrl-C at the terminal ends jest, and jest's end ends the server.
    detached: true,
  });
  child.unref();
  return child;
}

/** Ends the server and waits until it is gone. */
export async function endGuarded(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref(); // or nothing would keep us alive until it is gone
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin?.end();
  await gone;
}
