import { sql } from 'kysely';
import { CallLedger } from './asks/calls';
import type { StoreDb } from './database';

/** What a scrape reads of the store: it survives restarts, and every worker says the same. Ages in seconds. */
export interface Observed {
  runs: { goal: string; status: string; count: number }[];
  gates: { goal: string; waiting: number; oldestSeconds: number }[];
  /** Per goal, when its last run that stands succeeded (Unix seconds), and how long ago that is. */
  successes: { goal: string; at: number; secondsAgo: number }[];
  undoFailures: { goal: string; count: number }[];
  outboxes: { outbox: string; pending: number; oldestSeconds: number }[];
  /** By status; how long the oldest has been in it. */
  asks: { status: string; count: number; oldestSeconds: number }[];
  /** Of all asks since midnight UTC, as far as a budget can bound it. */
  today: { limit: 'tokens' | 'money'; spent: number }[];
}

/** Outboxes by the table they are: the id they are called by, the rows that still have to go, since when. */
const OUTBOXES = [
  {
    outbox: 'notifications',
    table: 'notification',
    since: 'created_at',
    pending: 'sent_at is null and given_up_at is null',
  },
  { outbox: 'lineage', table: 'lineage_event', since: 'at', pending: "http_state = 'pending'" },
] as const;

/** One look at everything that metrics are made from; a few index scans. */
export async function observe(db: StoreDb): Promise<Observed> {
  const [groups, gates, failures, asks, today, outboxes] = await Promise.all([
    sql<{ goal: string; status: string; count: number; at: number | null; ago: number | null }>`
      select goal, status, count(*)::int as count,
             extract(epoch from max(updated_at) filter (where mode = 'apply'))::float8 as at,
             extract(epoch from clock_timestamp() - max(updated_at) filter (where mode = 'apply'))::float8 as ago
        from run group by goal, status`.execute(db),
    sql<{ goal: string; waiting: number; oldest: number }>`
      select goal, count(*)::int as waiting,
             extract(epoch from clock_timestamp() - min(updated_at))::float8 as oldest
        from run where status = 'waiting' group by goal`.execute(db),
    sql<{ goal: string; count: number }>`
      select run.goal, count(*)::int as count
        from event join run using (run_id) where event.event = 'undo_failed' group by run.goal`.execute(db),
    sql<{ status: string; count: number; oldest: number }>`
      select status, count(*)::int as count, extract(epoch from clock_timestamp() - min(updated_at))::float8 as oldest
        from ask group by status`.execute(db),
    new CallLedger(db).today(),
    Promise.all(OUTBOXES.map((box) => outboxOf(db, box))),
  ]);
  return {
    runs: groups.rows.map(({ goal, status, count }) => ({ goal, status, count })),
    gates: gates.rows.map(({ goal, waiting, oldest }) => ({ goal, waiting, oldestSeconds: oldest })),
    successes: groups.rows.flatMap(({ goal, status, at, ago }) =>
      status === 'succeeded' && at !== null && ago !== null ? [{ goal, at, secondsAgo: ago }] : [],
    ),
    undoFailures: failures.rows,
    outboxes,
    asks: asks.rows.map(({ status, count, oldest }) => ({ status, count, oldestSeconds: oldest })),
    today: [
      { limit: 'tokens', spent: today.tokens },
      { limit: 'money', spent: today.money },
    ],
  };
}

async function outboxOf(
  db: StoreDb,
  { outbox, table, since, pending }: (typeof OUTBOXES)[number],
): Promise<Observed['outboxes'][number]> {
  const { rows } = await sql<{ pending: number; oldest: number | null }>`
    select count(*)::int as pending,
           extract(epoch from clock_timestamp() - min(${sql.ref(since)}))::float8 as oldest
      from ${sql.table(table)} where ${sql.raw(pending)}`.execute(db);
  return { outbox, pending: rows[0]!.pending, oldestSeconds: rows[0]!.oldest ?? 0 };
}
