import { sql } from 'kysely';
import { scrubDeep } from '../governance/redact';
import { appendCall, clean } from './audit/log';
import type { StoreDb } from './database';
import { Write } from './write';

/** Events of runs, and their decisions (also refused ones; `decisions/` writes them): who did what when. */
export class RunRecord {
  constructor(private readonly db: StoreDb) {}

  /** Something happened to a run: an entry of the audit log, once also when an activity is tried again. */
  event(runId: string, event: string, actor: string, data: Record<string, unknown> = {}): Write {
    const json = JSON.stringify(scrubDeep(data), (_key, value: unknown) =>
      typeof value === 'string' ? clean(value) : value,
    );
    // The table event is what a worker of the version before reads and writes.
    return new Write(
      this.db,
      sql`with entry as (
        select ${appendCall({ actor, action: event, subject: runId, data })} as seq
      )
      insert into event (run_id, event, actor, data)
      select ${clean(runId)}, ${event}, ${clean(actor)}, ${json}::jsonb from entry where seq is not null`,
    );
  }

  /** Who started a run, if its client had verified them, and with this bundle. */
  async verifiedAuthor(runId: string, bundle: string): Promise<string | undefined> {
    const { rows } = await sql<{ actor: string }>`
      select actor from event where run_id = ${runId} and event = 'authored' and data ->> 'bundle' = ${bundle}
      order by seq limit 1`.execute(this.db);
    return rows[0]?.actor;
  }

  async decisions(runId: string): Promise<
    {
      decidedBy: string;
      verdict: string;
      accepted: boolean;
      reason: string | null;
      comment: string | null;
      via: string;
      verified: boolean;
      roles: string[];
      method: string | null;
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
      verified: r.verified ?? false,
      roles: r.roles ?? [],
      method: r.method,
      at: r.decided_at,
    }));
  }
}
