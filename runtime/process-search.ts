import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessRef } from './processes';
import { identify } from './processes';

/** The command line of a process, one space after every argument; `undefined` when there is none. */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') || undefined;
    }
    const args = ['-ww', '-o', 'args=', '-p', String(pid)];
    return `${execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()} `;
  } catch {
    return undefined;
  }
}

/**
 * Processes whose command line holds `mark`: whole arguments, each followed by a space. A supervisor
 * that is killed between starting a process and writing its pid down leaves one that no file knows: its command line,
 * which names the home, still tells.
 */
export function findByCommand(mark: string): ProcessRef[] {
  return pids()
    .filter((pid) => pid !== process.pid && commandLine(pid)?.includes(mark))
    .map((pid) => identify(pid))
    .filter((ref) => ref !== undefined);
}

function pids(): number[] {
  if (process.platform === 'linux') return readdirSync('/proc').map(Number).filter(Number.isInteger);
  return execFileSync('ps', ['-axo', 'pid='], { encoding: 'utf8' }).trim().split(/\s+/).map(Number);
}
