import { sql } from 'kysely';
import { asksDue, BEFORE_OPEN_ASKS, callsDue } from './asks/forget';
import type { StoreDb } from './database';
import { type Sent, sentDue } from './sent';

/** Statuses in which a run has come to its end, and needs nobody. */
const ENDED = ['planned', 'succeeded', 'rejected', 'expired', 'stale', 'rolled_back', 'undone'];
/** An artifact is stored before the row that refers to it: so long it is left alone, whatever the retention. */
const GRACE_MS = 24 * 3_600_000;

/**
 * Tables whose hashes do not keep an artifact: artifacts themselves, and the audit log and lineage, which say for ever
 * that something was, not that it is still needed.
 */
const NO_ROOTS = [
  'artifact',
  'audit',
  'audit_chain',
  'audit_head',
  'audit_key',
  'lineage_event',
  'lineage_output',
  'lineage_edge',
];

interface Due {
  count: number;
  bytes: number;
  oldest: string | null;
}

/** What of the store is past its retention. Every part is idempotent and safe while runs go on. */
export class Housekeeping {
  constructor(private readonly db: StoreDb) {}

  async openRuns(): Promise<string[]> {
    const rows = await this.db
      .selectFrom('run')
      .select('run_id')
      .where('status', 'not in', ENDED as never[])
      .execute();
    return rows.map((row) => row.run_id);
  }

  /** Hash of the proposal of the run to which a change belongs (change ids begin with their run's); `undefined`: not known. */
  async proposalWith(changeId: string): Promise<string | undefined> {
    const { rows } = await sql<{ proposal: string | null }>`select proposal from run
      where starts_with(${changeId}, run_id || '.') order by length(run_id) desc limit 1`.execute(this.db);
    return rows[0]?.proposal ?? undefined;
  }

  /** Runs that ended longer ago than that, with their decisions and events. The audit log keeps its entries of them. */
  async runs(olderThanMs: number, sweep: boolean): Promise<Due> {
    const due = sql`select run_id from run
      where status in (${sql.join(ENDED)}) and updated_at < clock_timestamp() - ${olderThanMs} * interval '1 millisecond'`;
    const look = sql<Due>`select count(*)::int as count, coalesce(sum(pg_column_size(run.*)), 0)::float8 as bytes,
      to_char(min(updated_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as oldest from run where run_id in (${due})`;
    if (!sweep) return (await look.execute(this.db)).rows[0]!;
    return this.db.transaction().execute(async (tx) => {
      const found = (await look.execute(tx)).rows[0]!;
      if (found.count === 0) return found;
      await sql`delete from decision where run_id in (${due})`.execute(tx);
      await sql`delete from steering where run_id in (${due})`.execute(tx);
      await sql`delete from event where run_id in (${due})`.execute(tx);
      // What still has to be sent stays until it is.
      await sql`delete from lineage_event where run_id in (${due}) and file_state <> 'pending' and http_state <> 'pending'`.execute(
        tx,
      );
      await sql`delete from run where run_id in (${due})`.execute(tx);
      return found;
    });
  }

  /** Asks that ended longer ago than that, with everything that was said in them. */
  asks(olderThanMs: number, sweep: boolean): Promise<Due> {
    return asksDue(this.db, olderThanMs, sweep);
  }

  /** What calls of models were booked with, of asks that are not on record any more. */
  calls(olderThanMs: number, sweep: boolean): Promise<Due> {
    return callsDue(this.db, olderThanMs, sweep);
  }

  /** Events and notices that have arrived, or were given up. */
  async sent(what: Sent, limit: { ms: number; bytes: number }, sweep: boolean): Promise<Due> {
    return sentDue(this.db, what, { ...limit, open: await this.openRuns() }, sweep);
  }

  /**
   * Artifacts that nothing refers to, mark and sweep: the roots are all hashes that stand in any row of any other table
   * of the store, whoever wrote it; from there, hashes in the artifacts themselves. Storing one again renews its age,
   * and the DELETE looks at that again, so that what a run takes up in this very moment stays. What an open ask may
   * have stored stays, whatever refers to it.
   */
  async artifacts(olderThanMs: number, sweep: boolean): Promise<Due> {
    const age = Math.max(olderThanMs, GRACE_MS);
    return this.db.transaction().execute(async (tx) => {
      const old = sql`created_at < clock_timestamp() - ${age} * interval '1 millisecond'
        and created_at < ${BEFORE_OPEN_ASKS}`;
      const some = await sql`select from artifact where ${old} limit 1`.execute(tx);
      if (some.rows.length === 0) return { count: 0, bytes: 0, oldest: null };
      await sql`create temporary table live_artifact (hash text primary key) on commit drop`.execute(tx);
      const tables = await sql<{
        name: string;
      }>`select format('%I.%I', n.nspname, c.relname) as name from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> all(${NO_ROOTS}) and n.nspname not like 'pg_%' and n.nspname <> 'information_schema'`.execute(
        tx,
      );
      for (const { name } of tables.rows) {
        await sql`insert into live_artifact select distinct found.m[1] from ${sql.raw(name)} t,
          regexp_matches(t::text, '[0-9a-f]{64}', 'g') as found (m) on conflict do nothing`.execute(tx);
      }
      await sql`insert into live_artifact
        with recursive live (hash) as (
          select hash from live_artifact
          union select found.m[1] from live join artifact a on a.hash = live.hash,
            regexp_matches(encode(a.body, 'escape'), '[0-9a-f]{64}', 'g') as found (m))
        select hash from live on conflict do nothing`.execute(tx);
      const unused = sql`${old} and not exists (select from live_artifact l where l.hash = artifact.hash)`;
      const found =
        await sql<Due>`select count(*)::int as count, coalesce(sum(length(body)), 0)::float8 as bytes,
        to_char(min(created_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as oldest from artifact where ${unused}`.execute(
          tx,
        );
      if (sweep) await sql`delete from artifact where ${unused}`.execute(tx);
      return found.rows[0]!;
    });
  }
}
