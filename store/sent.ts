import { type RawBuilder, sql } from 'kysely';
import type { StoreDb } from './database';

/** What was on its way out and has arrived, or was given up: OpenLineage events, notices. */
export type Sent = 'lineage' | 'notices';

export interface SentDue {
  count: number;
  bytes: number;
  /** ISO 8601; null: nothing is due. */
  oldest: string | null;
}

/**
 * Everything that has been settled, each with when, how large it is, and how much there is of it and newer ones. What
 * still has to be sent is never among it; nor what an endpoint refused for good, which can be sent again; nor notices
 * of runs that have not ended, whose keys keep them from being sent twice.
 */
const SETTLED: Record<Sent, (open: readonly string[]) => RawBuilder<unknown>> = {
  lineage: () => sql`select id, at, octet_length(event) as bytes,
      sum(octet_length(event)) over (order by id desc) as upto
    from lineage_event where file_state = 'delivered' and http_state in ('delivered', 'off')`,
  notices: (open) => sql`select id, coalesce(sent_at, given_up_at) as at,
      octet_length(message::text) + octet_length(settings::text) as bytes,
      sum(octet_length(message::text) + octet_length(settings::text)) over (order by id desc) as upto
    from notification
   where (sent_at is not null or given_up_at is not null) and run_id <> all(${[...open]}::text[])`,
};

const TABLE: Record<Sent, string> = { lineage: 'lineage_event', notices: 'notification' };

/** What of it is older than its retention, or beyond its cap, the oldest first; with `sweep`, that is deleted. */
export async function sentDue(
  db: StoreDb,
  what: Sent,
  limit: { ms: number; bytes: number; open: readonly string[] },
  sweep: boolean,
): Promise<SentDue> {
  const due = sql`with settled as (${SETTLED[what](limit.open)}), due as (
    select id, at, bytes from settled
     where at < clock_timestamp() - ${limit.ms} * interval '1 millisecond' or upto > ${limit.bytes})`;
  const found = sql`count(*)::int as count, coalesce(sum(bytes), 0)::float8 as bytes,
    to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as oldest`;
  const table = sql.raw(TABLE[what]);
  const { rows } = await (
    sweep
      ? // One that is queued again in this moment is locked by who does that, and then no longer due.
        sql<SentDue>`${due}, gone as (delete from ${table} using due where ${table}.id = due.id
            ${what === 'lineage' ? sql`and ${table}.http_state in ('delivered', 'off')` : sql``}
          returning due.at, due.bytes) select ${found} from gone`
      : sql<SentDue>`${due} select ${found} from due`
  ).execute(db);
  return rows[0]!;
}
