import { sql } from 'kysely';
import type { StoreDb } from '../database';
import { RUNS } from './0001-runs';
import { IDENTITY } from './0002-identity';
import { SCHEDULES } from './0004-schedules';
import { RECORD } from './0005-record';
import { NOTIFICATIONS } from './0006-notifications';
import { RETENTION } from './0007-retention';
import { SHADOWS } from './0008-shadows';
import { RECORD_RETENTION } from './0009-record-retention';
import { ASKS } from './0010-asks';
import { KNOWLEDGE } from './0011-knowledge';
import { CALL_CONVERSATIONS } from './0012-call-conversations';
import { STEERING } from './0013-steering';

/**
 * Each runs once, in this order; never edited after it landed. A worker of the version before must go on with the
 * newer store while an upgrade rolls: only add (tables, nullable columns, indexes); take away one version later.
 */
export const MIGRATIONS: readonly string[] = [
  RUNS,
  IDENTITY,
  SCHEDULES,
  RECORD,
  NOTIFICATIONS,
  RETENTION,
  SHADOWS,
  RECORD_RETENTION,
  ASKS,
  KNOWLEDGE,
  CALL_CONVERSATIONS,
  STEERING,
];

/** Any number that nobody else uses: the store's migration lock. */
const MIGRATION_LOCK = 7_262_310_411;

/** Brings the store to the newest version; safe when several processes start at once. */
export async function migrateStore(db: StoreDb): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(tx);
    await sql`create table if not exists store_version (version int primary key, at timestamptz not null default clock_timestamp())`.execute(
      tx,
    );
    const { rows } = await sql<{
      version: number;
    }>`select coalesce(max(version), 0)::int as version from store_version`.execute(tx);
    for (let version = rows[0]?.version ?? 0; version < MIGRATIONS.length; version++) {
      await sql.raw(MIGRATIONS[version]!).execute(tx);
      await sql`insert into store_version (version) values (${version + 1})`.execute(tx);
    }
  });
}
