import { sql, type Selectable } from 'kysely';
import type { StoreDb, StoreTables } from './database';

/** A goal that repeats, as the store knows it; when it runs next, Temporal knows. */
export interface ScheduleRow {
  goal: string;
  bundle: string;
  after: string[];
  paused: boolean;
  registeredBy: string;
  registeredAt: Date;
}

export class Schedules {
  constructor(private readonly db: StoreDb) {}

  async put(given: { goal: string; bundle: string; after: string[]; by: string }): Promise<void> {
    const { goal, bundle, after, by } = given;
    const values = { bundle, after, registered_by: by };
    await this.db
      .insertInto('schedule')
      .values({ goal, ...values, files_seen: null, files_acted: null })
      .onConflict((c) =>
        c.column('goal').doUpdateSet({ ...values, registered_at: sql<Date>`clock_timestamp()` }),
      )
      .execute();
  }

  async find(goal: string): Promise<ScheduleRow | undefined> {
    const row = await this.db.selectFrom('schedule').selectAll().where('goal', '=', goal).executeTakeFirst();
    return row && toRow(row);
  }

  async list(): Promise<ScheduleRow[]> {
    return (await this.db.selectFrom('schedule').selectAll().orderBy('goal').execute()).map(toRow);
  }

  /** Goals that a success of this one starts; paused ones are left out. */
  async after(goal: string): Promise<ScheduleRow[]> {
    const rows = await this.db
      .selectFrom('schedule')
      .selectAll()
      .where('paused', '=', false)
      .where(sql<boolean>`after @> array[${goal}]::text[]`)
      .orderBy('goal')
      .execute();
    return rows.map(toRow);
  }

  async pause(goal: string, paused: boolean): Promise<void> {
    await this.db.updateTable('schedule').set({ paused }).where('goal', '=', goal).execute();
  }

  async remove(goal: string): Promise<void> {
    await this.db.deleteFrom('schedule').where('goal', '=', goal).execute();
  }

  /**
   * Notes what a look for files has found. `fresh` when it is what the look before found, too (nobody is still
   * writing), and no run was started for it yet; `nth` counts the runs that files have started.
   */
  async saw(goal: string, signature: string): Promise<{ fresh: boolean; nth: number } | undefined> {
    const row = await this.db
      .selectFrom('schedule')
      .select(['files_seen', 'files_acted', 'files_runs'])
      .where('goal', '=', goal)
      .executeTakeFirst();
    if (!row) return undefined;
    if (row.files_seen !== signature) {
      await this.db.updateTable('schedule').set({ files_seen: signature }).where('goal', '=', goal).execute();
    }
    const fresh = row.files_seen === signature && row.files_acted !== signature;
    return { fresh, nth: row.files_runs + 1 };
  }

  /** A run was started for what was found: it is not fresh any more. Idempotent. */
  async acted(goal: string, signature: string): Promise<void> {
    await this.db
      .updateTable('schedule')
      .set({ files_acted: signature, files_runs: sql<number>`files_runs + 1` })
      .where('goal', '=', goal)
      .where(sql<boolean>`files_acted is distinct from ${signature}`)
      .execute();
  }
}

function toRow(row: Selectable<StoreTables['schedule']>): ScheduleRow {
  return {
    goal: row.goal,
    bundle: row.bundle,
    after: row.after,
    paused: row.paused,
    registeredBy: row.registered_by,
    registeredAt: row.registered_at,
  };
}
