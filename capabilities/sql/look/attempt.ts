import type { ReadSession } from '../../../warehouses/warehouse';

/** Runs a look that may fail, so that the transaction around it goes on. Rethrows what was thrown. */
export async function attempt<T>(session: ReadSession, look: () => Promise<T>): Promise<T> {
  await session.query('savepoint sluice_look');
  try {
    const result = await look();
    await session.query('release savepoint sluice_look');
    return result;
  } catch (error) {
    await session.query('rollback to savepoint sluice_look');
    throw error;
  }
}
