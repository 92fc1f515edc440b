import { sql, type Generated } from 'kysely';
import type { StoreDb } from './database';
import { Write } from './write';

export interface ShadowTables {
  shadow: {
    run_id: string;
    bundle: string;
    execution: string;
    activity: number;
    attempt: number;
    opened_at: Generated<Date>;
    over_at: Date | null;
  };
}

/** Who acts for a run: a Temporal execution, an activity in it (numbered as they are scheduled), and its attempt. */
export interface Actor {
  execution: string;
  activity: number;
  attempt: number;
}

/**
 * Which runs have a shadow, and which shadows are over but may still be there. Written before a shadow is made and
 * before it is dropped, so that whatever is killed in between, somebody knows what is left to do.
 */
export class ShadowBook {
  constructor(private readonly db: StoreDb) {}

  /**
   * Before the shadow is made. False: somebody has opened it after this attempt began (a worker that hung and was given
   * up), who must not be disturbed.
   */
  async opening({ runId, bundle }: { runId: string; bundle: string }, by: Actor): Promise<boolean> {
    const { rows } = await sql`
      insert into shadow (run_id, bundle, execution, activity, attempt)
      values (${runId}, ${bundle}, ${by.execution}, ${by.activity}, ${by.attempt})
      on conflict (run_id) do update
        set execution = excluded.execution, activity = excluded.activity, attempt = excluded.attempt,
            opened_at = clock_timestamp(), over_at = null
        where shadow.execution <> excluded.execution
           or (shadow.activity, shadow.attempt) <= (excluded.activity, excluded.attempt)
      returning run_id`.execute(this.db);
    return rows.length > 0;
  }

  /** Whether the run still wants the shadow that this attempt was to open. */
  async isWanted(runId: string, by: Actor): Promise<boolean> {
    const row = await this.db
      .selectFrom('shadow')
      .select('run_id')
      .where('run_id', '=', runId)
      .where('execution', '=', by.execution)
      .where('activity', '=', by.activity)
      .where('attempt', '=', by.attempt)
      .where('over_at', 'is', null)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** From now on nobody needs the run's shadow, unless it was opened after this activity was scheduled. Idempotent. */
  over(runId: string, by: Actor): Write {
    return new Write(
      this.db,
      this.db
        .updateTable('shadow')
        .set({ over_at: sql`clock_timestamp()` })
        .where('run_id', '=', runId)
        .where('over_at', 'is', null)
        .where((e) => e.or([e('execution', '<>', by.execution), e('activity', '<=', by.activity)])),
    );
  }

  /** Whether the run has none that it needs. */
  async isOver(runId: string): Promise<boolean> {
    const row = await this.db
      .selectFrom('shadow')
      .select('run_id')
      .where('run_id', '=', runId)
      .where('over_at', 'is', null)
      .executeTakeFirst();
    return row === undefined;
  }

  /** Those that are over and may still be there, the oldest first. */
  async left(): Promise<{ runId: string; bundle: string }[]> {
    const rows = await this.db
      .selectFrom('shadow')
      .select(['run_id', 'bundle'])
      .where('over_at', 'is not', null)
      .orderBy('over_at')
      .execute();
    return rows.map((row) => ({ runId: row.run_id, bundle: row.bundle }));
  }

  /** It is gone. One that was opened since stays in the book. */
  async gone(runId: string): Promise<void> {
    await this.db.deleteFrom('shadow').where('run_id', '=', runId).where('over_at', 'is not', null).execute();
  }
}
