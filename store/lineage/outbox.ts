import { sql } from 'kysely';
import type { StoreDb } from '../database';

export type Sink = 'file' | 'http';

export interface PendingEvent {
  id: string;
  /** JSON, one line. */
  event: string;
}

/** How sending goes. */
export interface SinkState {
  sink: Sink;
  pending: number;
  /** Refused for good by the endpoint; kept, not sent again. */
  parked: number;
  deliveredAt: Date | null;
  failingSince: Date | null;
  attempts: number;
  error: string | null;
  retryAt: Date | null;
}

/** Events on their way out: every one is kept until its sink has it. */
export class LineageOutbox {
  constructor(private readonly db: StoreDb) {}

  /** The oldest that a sink has not got, in the order they were written. */
  async pending(sink: Sink, limit: number): Promise<PendingEvent[]> {
    return this.db
      .selectFrom('lineage_event')
      .select(['id', 'event'])
      .where(sink === 'file' ? 'file_state' : 'http_state', '=', 'pending')
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async delivered(sink: Sink, ids: readonly string[]): Promise<void> {
    await this.db.transaction().execute(async (tx) => {
      await tx
        .updateTable('lineage_event')
        .set(sink === 'file' ? { file_state: 'delivered' } : { http_state: 'delivered' })
        .where('id', 'in', [...ids])
        .execute();
      await tx
        .insertInto('lineage_sink')
        .values({
          sink,
          delivered_at: new Date(),
          failing_since: null,
          attempts: 0,
          error: null,
          retry_at: null,
        })
        .onConflict((c) =>
          c.column('sink').doUpdateSet({
            ...{ delivered_at: sql`clock_timestamp()`, failing_since: null },
            ...{ attempts: 0, error: null, retry_at: null },
          }),
        )
        .execute();
    });
  }

  async park(id: string, error: string): Promise<void> {
    await this.db
      .updateTable('lineage_event')
      .set({ http_state: 'parked', http_error: error })
      .where('id', '=', id)
      .execute();
  }

  /** Without an endpoint nothing waits for one. */
  async off(): Promise<void> {
    await this.db
      .updateTable('lineage_event')
      .set({ http_state: 'off' })
      .where('http_state', '=', 'pending')
      .execute();
  }

  /**
   * Sends again what the endpoint refused for good; with `since`, everything that was written from then on, also what
   * it has taken already or what was let go while there was no endpoint. Returns how many of each.
   */
  async resend(since?: Date): Promise<{ parked: number; delivered: number; off: number }> {
    const which =
      since === undefined ? sql`http_state = 'parked'` : sql`http_state <> 'pending' and at >= ${since}`;
    const { rows } = await sql<{ parked: number; delivered: number; off: number }>`
      with again as (select id, http_state from lineage_event where ${which} for update),
      queued as (update lineage_event e set http_state = 'pending', http_error = null
                   from again where again.id = e.id returning again.http_state)
      select (count(*) filter (where http_state = 'parked'))::int as parked,
             (count(*) filter (where http_state = 'delivered'))::int as delivered,
             (count(*) filter (where http_state = 'off'))::int as off from queued`.execute(this.db);
    return rows[0]!;
  }

  /** Notes an attempt that failed; returns how many there were in a row. */
  async failed(sink: Sink, error: string, retryAt: Date): Promise<void> {
    await sql`insert into lineage_sink (sink, failing_since, attempts, error, retry_at)
      values (${sink}, clock_timestamp(), 1, ${error}, ${retryAt})
      on conflict (sink) do update set attempts = lineage_sink.attempts + 1, error = excluded.error,
        retry_at = excluded.retry_at, failing_since = coalesce(lineage_sink.failing_since, clock_timestamp())`.execute(
      this.db,
    );
  }

  async state(): Promise<SinkState[]> {
    const { rows } = await sql<Record<string, never>>`
      select s.sink, case s.sink when 'file'
               then (select count(*) from lineage_event where file_state = 'pending')
               else (select count(*) from lineage_event where http_state = 'pending') end::int as pending,
             case s.sink when 'http' then (select count(*) from lineage_event where http_state = 'parked')
               else 0 end::int as parked,
             k.delivered_at as "deliveredAt", k.failing_since as "failingSince",
             coalesce(k.attempts, 0) as attempts, k.error, k.retry_at as "retryAt"
        from (values ('file'), ('http')) s(sink) left join lineage_sink k on k.sink = s.sink
       order by 1`.execute(this.db);
    return rows as unknown as SinkState[];
  }
}
