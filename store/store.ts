import { Artifacts } from './artifacts';
import { Asks } from './asks/asks';
import { AuditLog } from './audit/log';
import { openStoreDb, type StoreDb } from './database';
import { Decisions } from './decisions/decisions';
import { Identity } from './identity/identity';
import { Erasures } from './erasures';
import { Housekeeping } from './housekeeping';
import { Knowledge } from './knowledge/knowledge';
import { MemoryBook } from './knowledge/memory';
import { LineageLog } from './lineage/log';
import { migrateStore } from './migrations/migrate';
import { Notifications } from './notifications';
import { RunRecord } from './record';
import { Runs } from './runs';
import { Schedules } from './schedules';
import { ShadowBook } from './shadows';
import { StandingGrants } from './standing';
import { SteeringLog } from './steering';
import { together, type Write } from './write';

/** Everything Sluice remembers outside the warehouses and Temporal's own histories. */
export interface Store {
  readonly db: StoreDb;
  readonly artifacts: Artifacts;
  readonly runs: Runs;
  readonly record: RunRecord;
  readonly notifications: Notifications;
  readonly schedules: Schedules;
  readonly standing: StandingGrants;
  /** Who did what: everything that `record.event` is told, and what is done to Sluice itself. */
  readonly audit: AuditLog;
  readonly lineage: LineageLog;
  readonly decisions: Decisions;
  readonly steering: SteeringLog;
  readonly identity: Identity;
  readonly housekeeping: Housekeeping;
  readonly erasures: Erasures;
  readonly shadows: ShadowBook;
  readonly asks: Asks;
  readonly knowledge: Knowledge;
  readonly memory: MemoryBook;
  /** Writes several things as one statement; see {@link together}. */
  together(...writes: readonly Write[]): Promise<void>;
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
    notifications: new Notifications(db),
    schedules: new Schedules(db),
    standing: new StandingGrants(db),
    audit: new AuditLog(db),
    lineage: new LineageLog(db),
    decisions: new Decisions(db),
    steering: new SteeringLog(db),
    identity: new Identity(db),
    housekeeping: new Housekeeping(db),
    erasures: new Erasures(db),
    shadows: new ShadowBook(db),
    asks: new Asks(db),
    knowledge: new Knowledge(db),
    memory: new MemoryBook(db),
    together: (...writes) => together(db, writes),
    close: () => db.destroy(),
  };
}
