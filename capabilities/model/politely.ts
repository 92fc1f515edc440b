import { SluiceError } from '../../schemas/errors';
import { LOCK_WAITS, patiently } from '../../warehouses/patience';
import type { WriteSession } from '../../warehouses/warehouse';
import type { WriteContext } from '../capability';

/** A try that costs nothing may be briefer than others, at first: what only reads for a moment is out of the way by then. */
const BRIEF_MS = 300;
const BRIEF_TRIES = 4;

/**
 * Runs statements that lock readers out, without making readers wait for long, and without losing what the transaction
 * has built: each try is a savepoint, and what it holds is given back before the pause. They must write nothing but the
 * catalogue, because rows would bear another transaction id. Throws `lock_timeout` at the ceiling.
 */
export async function politely<T>(
  {
    session,
    signal,
    patience = { ...LOCK_WAITS, signal },
  }: Pick<WriteContext, 'session' | 'signal' | 'patience'>,
  work: () => Promise<T>,
): Promise<T> {
  const [before] = await session.query<{ timeout: string }>(
    `select current_setting('lock_timeout') as timeout`,
  );
  let tries = 0;
  const result = await patiently(patience, async () => {
    const briefly = (tries += 1) <= BRIEF_TRIES;
    await setLockTimeout(session, briefly ? Math.min(BRIEF_MS, patience.tryMs) : patience.tryMs);
    await session.execute('savepoint politely');
    try {
      const done = await work();
      await session.execute('release savepoint politely');
      return done;
    } catch (cause) {
      if (cause instanceof SluiceError && cause.code === 'lock_timeout') {
        await session.execute('rollback to savepoint politely');
        await session.execute('release savepoint politely');
      }
      throw cause;
    }
  });
  await restoreLockTimeout(session, before!.timeout);
  return result;
}

async function setLockTimeout(session: WriteSession, ms: number): Promise<void> {
  await restoreLockTimeout(session, `${ms}ms`);
}

async function restoreLockTimeout(session: WriteSession, value: string): Promise<void> {
  await session.query(`select set_config('lock_timeout', $1, true)`, [value]);
}
