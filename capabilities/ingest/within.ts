import { SluiceError } from '../../schemas/errors';

interface Asked {
  query<R extends object = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
}

/**
 * What a read gives, or `undefined` when the server needs longer than `ms` milliseconds for one of its statements.
 * The transaction goes on either way. Every other error is thrown.
 */
export async function within<T>(session: Asked, ms: number, work: () => Promise<T>): Promise<T | undefined> {
  await session.query('savepoint sluice_within');
  let result: T | undefined;
  try {
    await session.query(`select set_config('statement_timeout', $1, true)`, [String(ms)]);
    result = await work();
  } catch (error) {
    if (!isTimeout(error)) throw error;
  }
  // Also puts the time limit back.
  await session.query('rollback to savepoint sluice_within');
  await session.query('release savepoint sluice_within');
  return result;
}

function isTimeout(error: unknown): boolean {
  if (!(error instanceof SluiceError) || error.code === 'cancelled') return false;
  return (error.cause as { code?: unknown } | undefined)?.code === '57014';
}
