import { type RawBuilder, sql } from 'kysely';
import { FINAL_ASK_STATUSES } from '../../schemas/ask';
import type { StoreDb } from '../database';

export interface ForgottenDue {
  count: number;
  bytes: number;
  /** ISO 8601; null: nothing is due. */
  oldest: string | null;
}

/** The budget of a day counts what was called since midnight: that much of the ledger is always there. */
const LEDGER_AT_LEAST_MS = 2 * 24 * 3_600_000;

/** An ask gives up after a week without a person. One that was silent for so long was ended behind our back. */
const ALIVE_DAYS = 30;

const ENDED = sql.join([...FINAL_ASK_STATUSES]);

const older = (column: string, ms: number): RawBuilder<boolean> =>
  sql<boolean>`${sql.ref(column)} < clock_timestamp() - ${ms} * interval '1 millisecond'`;

const oldest = (column: string): RawBuilder<string | null> =>
  sql`to_char(min(${sql.ref(column)}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** What an open ask of a chat goes on from. */
const NEEDED = sql`needed (ask_id) as (
      select previous from ask where status not in (${ENDED})
      union select ask.previous from needed join ask using (ask_id))`;

/** Asks that ended longer ago than that, and that no open ask goes on from. */
function endedBefore(ms: number): RawBuilder<unknown> {
  return sql`with recursive ${NEEDED}
    select ask_id from ask where status in (${ENDED}) and ${older('updated_at', ms)}
       and not exists (select from needed where needed.ask_id = ask.ask_id)`;
}

/**
 * Asks that ended longer ago than that, with everything that was said in them: words, progress, what tools and models
 * answered. The ledger of calls keeps its numbers; artifacts that only they refer to are then nobody's.
 */
export async function asksDue(db: StoreDb, olderThanMs: number, sweep: boolean): Promise<ForgottenDue> {
  const look = (tx: StoreDb) =>
    sql<ForgottenDue>`select count(*)::int as count, ${oldest('updated_at')} as oldest,
      (coalesce(sum(pg_column_size(ask.*)), 0)
       + coalesce((select sum(octet_length(text)) from ask_event where ask_id in (${endedBefore(olderThanMs)})), 0))::float8 as bytes
      from ask where ask_id in (${endedBefore(olderThanMs)})`.execute(tx);
  if (!sweep) return (await look(db)).rows[0]!;
  return db.transaction().execute(async (tx) => {
    const found = (await look(tx)).rows[0]!;
    const due = await sql<{ ask_id: string }>`${endedBefore(olderThanMs)}`.execute(tx);
    await forget(
      tx,
      due.rows.map(({ ask_id }) => ask_id),
    );
    return { ...found, count: due.rows.length };
  });
}

/**
 * Forgets one ask that has ended, now. Artifacts that only it refers to go with the next sweep, whatever their age.
 * `open`: it, or one that goes on from it, has not ended.
 */
export async function forgetAsk(db: StoreDb, askId: string): Promise<'forgotten' | 'open'> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql`with recursive ${NEEDED}
      select from ask where ask_id = ${askId} and status in (${ENDED})
         and not exists (select from needed where needed.ask_id = ask.ask_id)`.execute(tx);
    if (rows.length === 0) return 'open';
    await sql`with recursive reached (hash) as (
        select found.m[1] from (
          select ask::text as row from ask where ask_id = ${askId}
          union all select done::text from tool_call where ask_id = ${askId}
          union all select data::text from event where run_id = ${askId}
          union all select concat(answer, ' ', conversation) from llm_call where ask_id = ${askId}) rows,
          regexp_matches(row, '[0-9a-f]{64}', 'g') as found (m)
        union select found.m[1] from reached join artifact a on a.hash = reached.hash,
          regexp_matches(encode(a.body, 'escape'), '[0-9a-f]{64}', 'g') as found (m))
      update artifact set created_at = timestamptz '2000-01-01 00:00+00' from reached
       where artifact.hash = reached.hash and artifact.created_at < ${BEFORE_OPEN_ASKS}`.execute(tx);
    await forget(tx, [askId]);
    return 'forgotten';
  });
}

async function forget(tx: StoreDb, asks: readonly string[]): Promise<void> {
  if (asks.length === 0) return;
  const these = sql`any(${[...asks]}::text[])`;
  await sql`delete from tool_call where ask_id = ${these}`.execute(tx);
  await sql`update llm_call set answer = null, conversation = null where ask_id = ${these}`.execute(tx);
  // The audit log has them, for good and as hashes.
  await sql`delete from event where run_id = ${these}`.execute(tx);
  // Its lines of progress go with it.
  await sql`delete from ask where ask_id = ${these}`.execute(tx);
}

/** Rows of the ledger of calls, which are numbers, older than that and of asks that are not on record any more. */
export async function callsDue(db: StoreDb, olderThanMs: number, sweep: boolean): Promise<ForgottenDue> {
  const due = sql`${older('sent_at', Math.max(olderThanMs, LEDGER_AT_LEAST_MS))}
    and not exists (select from ask where ask.ask_id = llm_call.ask_id)`;
  const found = sql`count(*)::int as count, coalesce(sum(bytes), 0)::float8 as bytes, ${oldest('sent_at')} as oldest`;
  const { rows } = await (
    sweep
      ? sql<ForgottenDue>`with gone as (delete from llm_call where ${due} returning sent_at, pg_column_size(llm_call.*) as bytes)
          select ${found} from gone`
      : sql<ForgottenDue>`select ${found} from (select sent_at, pg_column_size(llm_call.*) as bytes from llm_call where ${due}) due`
  ).execute(db);
  return rows[0]!;
}

/**
 * Before when an artifact cannot be one that an open ask still needs: what it will be asked with next, its conversation
 * say, stands only in its workflow. An hour more, because what is stored again within an hour keeps its age.
 */
export const BEFORE_OPEN_ASKS = sql`coalesce((select min(started_at) - interval '1 hour' from ask
  where status not in (${ENDED})
    and greatest(updated_at, (select max(at) from ask_event where ask_event.ask_id = ask.ask_id))
        > clock_timestamp() - ${ALIVE_DAYS} * interval '1 day'), 'infinity')`;
