import { sql } from 'kysely';
import type { StoreDb } from './database';

/**
 * Runs work if no other process does it now: the lock is a session's (advisory), so it is free again when the
 * process, its connection or the server dies. Returns false when somebody else has it.
 */
export async function asLeader(
  db: StoreDb,
  lock: number,
  work: (held: () => Promise<void>) => Promise<void>,
): Promise<boolean> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${lock}) as got`.execute(
      connection,
    );
    if (rows[0]?.got !== true) return false;
    try {
      // A connection that was lost has taken the lock with it: whoever goes on asks first.
      await work(async () => void (await sql`select 1`.execute(connection)));
    } finally {
      await sql`select pg_advisory_unlock(${lock})`.execute(connection).catch(() => undefined);
    }
    return true;
  });
}
