import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRef } from '../processes';
import { identify, isRunning } from '../processes';

/** How a process is started. */
export interface Launch {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  uid?: number;
  gid?: number;
}

export interface Started {
  /** `undefined` when it could not even be started, or has ended already. */
  ref: ProcessRef | undefined;
  /** Resolves at its end with how it ended, as a person would say it. Never rejects. */
  gone: Promise<string>;
}

const LOG_BYTES = 20 * 1024 * 1024;

/**
 * Starts a process whose output goes straight to its log file and which has a session of its own: neither the end of
 * the supervisor nor a Ctrl-C at somebody's terminal ends it.
 */
export function startProcess({ command, args, ...options }: Launch, log: string): Started {
  if (existsSync(log) && statSync(log).size > LOG_BYTES) renameSync(log, `${log}.1`);
  const out = openSync(log, 'a', 0o600);
  const child = spawn(command, args, { ...options, stdio: ['ignore', out, out], detached: true });
  closeSync(out);
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`not started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  return { ref: child.pid === undefined ? undefined : identify(child.pid), gone };
}

/** For a process that is not our child: the system tells nobody but a parent how it ended. */
export function watchProcess(ref: ProcessRef): Started {
  const gone = async (): Promise<string> => {
    while (isRunning(ref)) await sleep(200);
    return 'ended (it was adopted, so how is not known)';
  };
  return { ref, gone: gone() };
}
