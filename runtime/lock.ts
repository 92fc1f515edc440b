import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../schemas/errors';
import type { ProcessRef } from './processes';
import { identify, isRunning } from './processes';

export interface LockOptions {
  /** What is being waited for, as a person calls it. */
  what: string;
  /** Milliseconds. */
  timeoutMs: number;
  onWait?: (holder: number) => void;
}

/**
 * Runs `work` while holding a lock file. The lock of a process that died is taken over.
 * @throws `lock_timeout`
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  let told = false;
  for (const end = Date.now() + options.timeoutMs; ; await sleep(50)) {
    const holder = tryLock(file);
    // In this process several may wait for each other.
    if (holder.kind === 'mine' && holder.fresh) break;
    if (Date.now() > end) {
      throw fail(
        'lock_timeout',
        `Another process (${holder.pid}) has been busy with ${options.what} for too long.`,
        { next: 'Wait for it to end, or end it, and try again.', place: file },
      );
    }
    if (!told) options.onWait?.(holder.pid);
    told = true;
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** `mine`: this process holds it; `fresh`: it has only just got it. */
export type Holder = { kind: 'mine'; pid: number; fresh: boolean } | { kind: 'other'; pid: number };

/** Takes the lock if nobody who lives has it. Whoever dies gives it back by dying. */
export function tryLock(file: string): Holder {
  const me = identify(process.pid)!;
  for (;;) {
    if (acquire(file, JSON.stringify(me))) return { kind: 'mine', pid: me.pid, fresh: true };
    const content = read(file);
    if (content === undefined) continue; // given back just now
    const holder = parse(content);
    if (holder?.pid === me.pid && holder.started === me.started)
      return { kind: 'mine', pid: me.pid, fresh: false };
    if (isRunning(holder)) return { kind: 'other', pid: holder.pid };
    breakLock(file, content);
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(content: string): ProcessRef | undefined {
  try {
    return JSON.parse(content) as ProcessRef;
  } catch {
    return undefined;
  }
}

/** The file appears with its content or not at all: made under another name, then linked, which fails if it exists. */
function acquire(file: string, content: string): boolean {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(descriptor, content);
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    closeSync(descriptor);
    rmSync(temporary);
  }
}

/** Removes a dead holder's lock, and only that: another waiter may have broken it, and taken it, in between. */
function breakLock(file: string, deadContent: string): void {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // another waiter was first
  }
  if (readFileSync(aside, 'utf8') !== deadContent) {
    try {
      linkSync(aside, file); // it was a living one's: give it back
    } catch {
      // A third one took it in this instant; the work that is locked is idempotent.
    }
  }
  rmSync(aside);
}
