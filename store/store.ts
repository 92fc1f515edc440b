import { Artifacts } from './artifacts';
import { openStoreDb, type StoreDb } from './database';
import { migrateStore } from './migrations/migrate';
import { RunRecord } from './record';
import { Runs } from './runs';

/** Everything Sluice remembers outside the warehouses and Temporal's own histories. */
export interface Store {
  readonly db: StoreDb;
  readonly artifacts: Artifacts;
  readonly runs: Runs;
  readonly record: RunRecord;
  close(): Promise<void>;
}

/** Opens the store and brings its schema up to date (under a lock). `max`: connections in the pool. */
export async function openStore(url: string, max?: number): Promise<Store> {
  const db = openStoreDb(url, max);
  try {
    await migrateStore(db);
  } catch (cause) {
    await db.destroy();
    throw cause;
  }
  return {
    db,
    artifacts: new Artifacts(db),
    runs: new Runs(db),
    record: new RunRecord(db),
    close: () => db.destroy(),
  };
}
