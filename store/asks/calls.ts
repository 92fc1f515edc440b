import { sql } from 'kysely';
import type { CallInput, Usage } from '../../schemas/ask';
import { Artifacts } from '../artifacts';
import type { StoreDb } from '../database';
import { secondsOf } from './seconds';

/** A call as it is about to be made. */
export interface NewCall {
  key: string;
  request: string;
  askId: string;
  agent: string;
  role: string;
  nth: number;
  purpose: CallInput['purpose'];
  model: string;
  attempt: number;
  /** Of the request, before anybody has counted: what is booked if nobody ever hears of it again. */
  estimate: { tokens: number; money: number };
}

/** What a call is booked with. */
export interface Booking {
  inputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  money: number;
  ms: number;
  firstMs?: number;
}

/** The ledger of calls: one row before each, completed after it. What was answered is never paid again. */
export class CallLedger {
  constructor(private readonly db: StoreDb) {}

  /** The answer (an artifact) under this key, from whichever attempt. */
  async answer(key: string): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('llm_call')
      .select('answer')
      .where('key', '=', key)
      .where('state', 'in', ['answered', 'cached'])
      .executeTakeFirst();
    return row?.answer ?? undefined;
  }

  /**
   * Before the call, in a transaction of its own. Rows of earlier attempts that never heard of their answer become
   * `unknown`. Returns the row's id, and how many those are.
   */
  async sent(call: NewCall): Promise<{ id: string; unknown: number }> {
    return this.db.transaction().execute(async (tx) => {
      const lost = await tx
        .updateTable('llm_call')
        .set({ state: 'unknown', ended_at: sql`clock_timestamp()` })
        .where('key', '=', call.key)
        .where('state', '=', 'sent')
        .executeTakeFirst();
      const { id } = await tx
        .insertInto('llm_call')
        .values({
          ...rowOf(call),
          state: 'sent',
          input_tokens: call.estimate.tokens,
          money: call.estimate.money,
          answer: null,
          stop: null,
          code: null,
          first_ms: null,
          ended_at: null,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { id, unknown: Number(lost.numUpdatedRows) };
    });
  }

  /**
   * The answer, everything that goes with it (`store` puts artifacts in the same transaction), and the row: all of it
   * or none. An attempt that was given up and still got its answer is booked as `unknown`: another answer holds.
   */
  async answered(
    id: string,
    key: string,
    stop: string,
    booked: Booking,
    store: (artifacts: Artifacts) => Promise<string>,
  ): Promise<string> {
    return this.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
      const settled = await new CallLedger(tx).answer(key);
      const answer = settled ?? (await store(new Artifacts(tx)));
      await tx
        .updateTable('llm_call')
        .set({
          ...columnsOf(booked),
          state: settled === undefined ? 'answered' : 'unknown',
          answer: settled === undefined ? answer : null,
          stop,
          ended_at: sql`clock_timestamp()`,
        })
        .where('id', '=', id)
        .execute();
      return answer;
    });
  }

  /** What the answer under this key left its agent with: an artifact that nothing else on record refers to. */
  async leftWith(key: string, conversation: string): Promise<void> {
    await sql`update llm_call set conversation = ${conversation}
      where key = ${key} and state in ('answered', 'cached') and conversation is distinct from ${conversation}`.execute(
      this.db,
    );
  }

  /** `unknown`: it was given up half way (cancelled), so it may have been paid. */
  async failed(id: string, code: string, booked: Booking, state: 'failed' | 'unknown'): Promise<void> {
    await this.db
      .updateTable('llm_call')
      .set({ ...columnsOf(booked), state, code, ended_at: sql`clock_timestamp()` })
      .where('id', '=', id)
      .where('state', '=', 'sent')
      .execute();
  }

  /** The next attempt will not be made: what was waited for it counts with the one that failed. */
  async givenUp({ key, attempt }: NewCall): Promise<void> {
    await sql`update llm_call set ended_at = clock_timestamp() where id =
      (select id from llm_call where key = ${key} order by id desc limit 1) and state = 'failed' and attempt < ${attempt}`.execute(
      this.db,
    );
  }

  /**
   * The newest answer to the very same request, of an ask that came to a good end: one that led nowhere is not
   * repeated.
   */
  async cachedAnswer(request: string, withinMs: number): Promise<string | undefined> {
    if (withinMs <= 0) return undefined;
    const { rows } = await sql<{ answer: string }>`
      select c.answer from llm_call c join ask using (ask_id)
       where c.request = ${request} and c.state = 'answered' and c.stop in ('end_turn', 'tool_use')
         and c.ended_at > clock_timestamp() - ${withinMs} * interval '1 millisecond'
         and ask.status in ('answered', 'declined')
       order by c.ended_at desc limit 1`.execute(this.db);
    return rows[0]?.answer;
  }

  /** An answer from the cache, on the record as what it is: it cost nothing. */
  async cached(call: NewCall, answer: string, stop: string): Promise<void> {
    await this.db
      .insertInto('llm_call')
      .values({
        ...rowOf(call),
        state: 'cached',
        answer,
        stop,
        code: null,
        first_ms: null,
        ended_at: sql`clock_timestamp()` as never,
      })
      .onConflict((c) => c.columns(['key']).where('state', 'in', ['answered', 'cached']).doNothing())
      .execute();
  }

  /** Of one ask so far. What is unknown counts as it is estimated; `next` is as in {@link secondsOf}. */
  async usage(askId: string, next?: NewCall): Promise<Usage & { tokens: number }> {
    const { rows } = await sql<Usage>`
      select count(*) filter (where state = 'answered')::int as calls,
             count(*) filter (where state = 'cached')::int as cached,
             coalesce(sum(input_tokens), 0)::float8 as "inputTokens",
             coalesce(sum(cache_write_tokens), 0)::float8 as "cacheWriteTokens",
             coalesce(sum(cache_read_tokens), 0)::float8 as "cacheReadTokens",
             coalesce(sum(output_tokens), 0)::float8 as "outputTokens",
             coalesce(sum(money), 0)::float8 as money,
             ${secondsOf(askId, next)} as seconds
        from llm_call where ask_id = ${askId} and state <> 'sent'`.execute(this.db);
    const usage = rows[0]!;
    return { ...usage, tokens: tokensOf(usage) };
  }

  /** Of all asks since midnight UTC; calls that are under way count as estimated. */
  async today(): Promise<{ tokens: number; money: number }> {
    const { rows } = await sql<{ tokens: number; money: number }>`
      select coalesce(sum(input_tokens + cache_write_tokens + cache_read_tokens + output_tokens), 0)::float8 as tokens,
             coalesce(sum(money), 0)::float8 as money
        from llm_call where sent_at >= date_trunc('day', clock_timestamp(), 'UTC')`.execute(this.db);
    return rows[0]!;
  }
}

/** Input, cached or not, and output. */
export function tokensOf(usage: Usage): number {
  return usage.inputTokens + usage.cacheWriteTokens + usage.cacheReadTokens + usage.outputTokens;
}

function rowOf(call: NewCall) {
  return {
    key: call.key,
    request: call.request,
    ask_id: call.askId,
    agent: call.agent,
    role: call.role,
    nth: call.nth,
    purpose: call.purpose,
    model: call.model,
    attempt: call.attempt,
  };
}

function columnsOf(booked: Booking) {
  return {
    input_tokens: booked.inputTokens,
    cache_write_tokens: booked.cacheWriteTokens,
    cache_read_tokens: booked.cacheReadTokens,
    output_tokens: booked.outputTokens,
    money: booked.money,
    ms: Math.round(booked.ms),
    first_ms: booked.firstMs === undefined ? null : Math.round(booked.firstMs),
  };
}
