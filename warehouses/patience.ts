import { setTimeout as sleep } from 'node:timers/promises';
import { fail, SluiceError } from '../schemas/errors';

/**
 * How long a lock is waited for. While one is asked for but not yet had, everybody who comes later queues behind: so it
 * is asked for briefly, then others have the table to themselves for longer and longer, and it is asked for again.
 */
export interface LockWaits {
  /**
   * Milliseconds for which others may queue behind one try. More than `deadlock_timeout` (1 s by default): only after
   * that does an autovacuum give way, and is a deadlock found.
   */
  tryMs: number;
  /** Milliseconds after the first try; doubled after each, up to `maxPauseMs`. */
  pauseMs: number;
  maxPauseMs: number;
  /** Milliseconds of trying after which it is given up. */
  ceilingMs: number;
}

export const LOCK_WAITS: LockWaits = { tryMs: 2_000, pauseMs: 1_000, maxPauseMs: 8_000, ceilingMs: 300_000 };

/** A session that is waited for. */
export interface Blocker {
  /** 0: a prepared transaction. */
  pid: number;
  role: string | null;
  /** As pg_stat_activity has it; null where the one who looks may not see it. */
  state: string | null;
  /** Since its transaction began; null where that may not be seen. */
  seconds: number | null;
}

/** `pid 123 (idle in transaction, 48 s)`. */
export function inWords({ pid, role, state, seconds }: Blocker): string {
  if (pid === 0) return 'a prepared transaction';
  const known = [
    state ?? (role === null ? undefined : `role ${role}`),
    seconds === null ? undefined : `${seconds} s`,
  ];
  const about = known.filter((part) => part !== undefined).join(', ');
  return about === '' ? `pid ${pid}` : `pid ${pid} (${about})`;
}

/** Who waits for locks, and how long. */
export interface Patience extends LockWaits {
  signal: AbortSignal;
  /** After a try that had to be given up. */
  failed?(): void;
  /** The locks are had that the work begins with. */
  had?(): void;
  /** Who was in the way when it was last looked at. */
  blockers?(): readonly Blocker[];
}

/**
 * Runs an attempt again while it fails because of a lock that it did not get, with longer and longer pauses in which it
 * must hold nothing that others need. Throws `lock_timeout` at the ceiling, naming who was in the way; `cancelled`.
 */
export async function patiently<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  let since: number | undefined;
  for (let pause = patience.pauseMs; ; pause = Math.min(pause * 2, patience.maxPauseMs)) {
    try {
      return await attempt();
    } catch (cause) {
      if (!isLockTimeout(cause) || cause.problem.final === true) throw cause;
      since ??= Date.now() - patience.tryMs;
      patience.failed?.();
      if (Date.now() + pause - since > patience.ceilingMs) throw gaveUp(patience, Date.now() - since, cause);
      await sleep(pause, undefined, { signal: patience.signal }).catch(() => {
        throw fail('cancelled', 'It was cancelled while it waited for a lock.', {
          next: 'Start it again when it is wanted.',
          cause,
        });
      });
    }
  }
}

const isLockTimeout = (cause: unknown): cause is SluiceError =>
  cause instanceof SluiceError && cause.code === 'lock_timeout';

function gaveUp(patience: Patience, waitedMs: number, cause: SluiceError): SluiceError {
  const found = patience.blockers?.() ?? [];
  const [first] = found.filter(({ pid }) => pid > 0);
  const who = found.length === 0 ? 'another session' : found.map(inWords).join(', ');
  return new SluiceError(
    {
      ...cause.problem,
      message: `A lock could not be had within ${Math.round(waitedMs / 1000)} s: it waits for ${who}.`,
      state: 'What it had begun was rolled back; nothing was changed.',
      next: `Try again when that session has ended${
        first === undefined ? '' : ` (to end it: select pg_terminate_backend(${first.pid}))`
      }; \`locks.waitSeconds\` in sluice.config.yaml says how long is waited.`,
      final: true,
    },
    { cause: cause.cause },
  );
}
