import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One process, for good. A pid alone is not enough: the system hands the number to another process later, and after
 * a restart of the machine `stack.json` holds numbers of strangers.
 */
export interface ProcessRef {
  pid: number;
  /** When it started, as the system tells it; opaque, only compared. */
  started: string;
}

/** The process that has this pid now; `undefined` when there is none, or only its remains (a zombie). */
export function identify(pid: number): ProcessRef | undefined {
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** proc(5), /proc/pid/stat: field 3 is the state, field 22 the start in clock ticks since boot. */
function startedOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 2 is the command's name in parentheses, and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${bootId()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

let boot: string | undefined;
function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return boot;
}

function startedByPs(pid: number): string | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    const [, state, started] = /^(\S+)\s+(.+)$/.exec(output.trim()) ?? [];
    return state?.startsWith('Z') ? undefined : started;
  } catch {
    return undefined; // no such process
  }
}

export function isRunning(ref: ProcessRef | undefined): ref is ProcessRef {
  return ref !== undefined && identify(ref.pid)?.started === ref.started;
}

/** Sends a signal to exactly this process; false when it is gone. */
export function signal(ref: ProcessRef, name: NodeJS.Signals): boolean {
  if (!isRunning(ref)) return false;
  try {
    return process.kill(ref.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Waits until the process is gone; false when it is still there after `timeoutMs`. */
export async function waitForEnd(ref: ProcessRef, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; isRunning(ref);) {
    if (Date.now() > end) return false;
    await sleep(20);
  }
  return true;
}

/**
 * Ends a process: `polite` first, and SIGKILL when it has not gone after `graceMs`.
 * @returns how it went: it was gone already, it went, or it had to be killed.
 */
export async function end(
  ref: ProcessRef,
  polite: NodeJS.Signals,
  graceMs: number,
): Promise<'gone' | 'ended' | 'killed'> {
  if (!signal(ref, polite)) return 'gone';
  if (await waitForEnd(ref, graceMs)) return 'ended';
  signal(ref, 'SIGKILL');
  await waitForEnd(ref, 10_000);
  return 'killed';
}
