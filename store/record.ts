import type { Decision } from '../schemas/run';
import type { ErrorCode } from '../schemas/errors';
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

  async event(
    runId: string,
    event: string,
    actor: string,
    data: Record<string, unknown> = {},
  ): Promise<void> {
    await this.db
      .insertInto('event')
      .values({ run_id: runId, event, actor, data: JSON.stringify(data) })
      .execute();
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
