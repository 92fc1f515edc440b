import { sql } from 'kysely';
import type { Decision } from '../schemas/run';
import type { ErrorCode } from '../schemas/errors';
import { scrubDeep } from '../governance/redact';
import { appendCall, clean } from './audit/log';
import type { StoreDb } from './database';

/** Decisions (also refused ones) and events of runs: who did what when. */
export class RunRecord {
  constructor(private readonly db: StoreDb) {}

  /**
   * Records a decision once. Returns false when an accepted decision of this person for this proposal is already
   * there under another id: the decision was replayed and must not count again.
   */
  async decision(runId: string, decision: Decision, refused?: ErrorCode): Promise<boolean> {
    const inserted = await this.db
      .insertInto('decision')
      .values({
        id: decision.id,
        run_id: runId,
        digest: decision.digest,
        verdict: decision.verdict,
        decided_by: decision.by,
        via: decision.via,
        comment: decision.comment ?? null,
        accepted: refused === undefined,
        reason: refused ?? null,
      })
      .onConflict((c) => c.doNothing())
      .executeTakeFirst();
    if (Number(inserted.numInsertedOrUpdatedRows ?? 0) === 1) return true;
    // The row is there already: a retry of this very activity is fine, another decision is not.
    const same = await this.db
      .selectFrom('decision')
      .select(['run_id', 'accepted'])
      .where('id', '=', decision.id)
      .executeTakeFirst();
    return same !== undefined && same.run_id === runId && same.accepted === (refused === undefined);
  }

  /** Something happened to a run: an entry of the audit log, once also when an activity is tried again. */
  async event(
    runId: string,
    event: string,
    actor: string,
    data: Record<string, unknown> = {},
  ): Promise<void> {
    const json = JSON.stringify(scrubDeep(data), (_key, value: unknown) =>
      typeof value === 'string' ? clean(value) : value,
    );
    // The table event is what a worker of the version before reads and writes.
    await sql`with entry as (
        select ${appendCall({ actor, action: event, subject: runId, data })} as seq
      )
      insert into event (run_id, event, actor, data)
      select ${clean(runId)}, ${event}, ${clean(actor)}, ${json}::jsonb from entry where seq is not null`.execute(
      this.db,
    );
  }

  async decisions(runId: string): Promise<
    {
      decidedBy: string;
      verdict: string;
      accepted: boolean;
      reason: string | null;
      comment: string | null;
      via: string;
      at: Date;
    }[]
  > {
    const rows = await this.db
      .selectFrom('decision')
      .selectAll()
      .where('run_id', '=', runId)
      .orderBy('decided_at')
      .execute();
    return rows.map((r) => ({
      decidedBy: r.decided_by,
      verdict: r.verdict,
      accepted: r.accepted,
      reason: r.reason,
      comment: r.comment,
      via: r.via,
      at: r.decided_at,
    }));
  }
}
