import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '../../schemas/errors';
import type { WriteSession } from '../../warehouses/warehouse';

/** Milliseconds for which readers may queue behind us, and how long they then have to themselves. */
const TRY_MS = 300;
const PAUSE_MS = 500;

/**
 * Runs statements that lock readers out, without making readers wait for long: while a lock is asked for but not yet
 * had, everybody who comes later queues behind it. So it is asked for briefly, and again later, as long as the
 * session's own lock_timeout allows. The statements run in a savepoint: they must write nothing but the catalogue,
 * because rows would bear another transaction id. Throws `lock_timeout`.
 */
export async function politely<T>(
  session: WriteSession,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const [setting] = await session.query<{ patience: string; ms: string }>(
    `select current_setting('lock_timeout') as patience, setting as ms from pg_settings where name = 'lock_timeout'`,
  );
  const { patience, ms } = setting!;
  const deadline = ms === '0' ? Infinity : Date.now() + Number(ms);
  for (;;) {
    await session.execute('savepoint politely');
    await setLockTimeout(session, `${TRY_MS}ms`);
    try {
      const result = await work();
      await setLockTimeout(session, patience);
      await session.execute('release savepoint politely');
      return result;
    } catch (cause) {
      if (!(cause instanceof SluiceError) || cause.code !== 'lock_timeout' || Date.now() > deadline)
        throw cause;
      await session.execute('rollback to savepoint politely');
      await session.execute('release savepoint politely');
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }
}

async function setLockTimeout(session: WriteSession, value: string): Promise<void> {
  await session.query(`select set_config('lock_timeout', $1, true)`, [value]);
}
