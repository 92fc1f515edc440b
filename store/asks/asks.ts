import { sql, type Selectable } from 'kysely';
import type { AskDocument, AskEvent, AskStatus, Budget } from '../../schemas/ask';
import { clean } from '../audit/log';
import type { StoreDb, StoreTables } from '../database';
import { CallLedger } from './calls';
import { costs, type CostFilter, type Costs } from './costs';
import { addEvents, eventsAfter, type NewEvent } from './events';
import { forgetAsk } from './forget';

/** An ask as lists show it; while it is open its workflow is the truth. */
export interface AskRow {
  askId: string;
  status: AskStatus;
  by: string;
  input: string;
  /** The beginning of the words. */
  words: string;
  previous?: string;
  /** Of its first agent, once it has ended. */
  conversation?: string;
  bundle?: string;
  document?: AskDocument;
  startedAt: Date;
  updatedAt: Date;
}

/** What lists show of a text. */
const WORDS = 300;

/** Asks: what people wanted in plain words, how it went, and what it cost. */
export class Asks {
  readonly calls: CallLedger;

  constructor(private readonly db: StoreDb) {
    this.calls = new CallLedger(db);
  }

  /** Idempotent: a retried admit writes the same row. `text` has no secrets in it. */
  async begin(ask: {
    askId: string;
    by: string;
    input: string;
    text: string;
    previous?: string;
  }): Promise<void> {
    await this.db
      .insertInto('ask')
      .values({
        ask_id: ask.askId,
        status: 'thinking',
        asked_by: clean(ask.by),
        input: ask.input,
        words: clean(ask.text).replace(/\s+/g, ' ').trim().slice(0, WORDS),
        previous: ask.previous ?? null,
        conversation: null,
        bundle: null,
        document: null,
      })
      .onConflict((c) => c.column('ask_id').doNothing())
      .execute();
  }

  /** Where an ask is, for those who list asks. One that has ended stays so. */
  async became(askId: string, status: AskStatus): Promise<void> {
    await this.db
      .updateTable('ask')
      .set({ status, updated_at: sql`clock_timestamp()` })
      .where('ask_id', '=', askId)
      .where('document', 'is', null)
      .execute();
  }

  /** How it ended. `conversation`: of its first agent. */
  async finish(document: AskDocument, conversation?: string): Promise<void> {
    await this.db
      .updateTable('ask')
      .set({
        status: document.status,
        document: JSON.stringify(document),
        bundle: document.bundle ?? null,
        ...(conversation === undefined ? {} : { conversation }),
        updated_at: sql`clock_timestamp()`,
      })
      .where('ask_id', '=', document.askId)
      .execute();
  }

  /** More budget, once for each id. */
  async grant(askId: string, id: string, more: Budget & { by: string }): Promise<void> {
    await sql`update ask set granted = granted || ${JSON.stringify({ [id]: more })}::jsonb
       where ask_id = ${askId} and not granted ? ${id}`.execute(this.db);
  }

  /** What was granted in all. */
  async granted(askId: string): Promise<Required<Budget>> {
    const { rows } = await sql<Required<Budget>>`
      select coalesce(sum((value ->> 'tokens')::float8), 0) as tokens,
             coalesce(sum((value ->> 'seconds')::float8), 0) as seconds,
             coalesce(sum((value ->> 'money')::float8), 0) as money
        from ask, jsonb_each(granted) where ask_id = ${askId}`.execute(this.db);
    return rows[0]!;
  }

  async get(askId: string): Promise<AskRow | undefined> {
    const row = await this.db.selectFrom('ask').selectAll().where('ask_id', '=', askId).executeTakeFirst();
    return row && toRow(row);
  }

  /** By its id, or a beginning of it as people type; the newest first. */
  async find(idOrPrefix: string): Promise<AskRow[]> {
    const rows = await this.db
      .selectFrom('ask')
      .selectAll()
      // Escaped, so that it stays a prefix.
      .where('ask_id', 'like', `${idOrPrefix.replace(/[\\%_]/g, '\\$&')}%`)
      .orderBy('started_at', 'desc')
      .limit(10)
      .execute();
    const exact = rows.filter((row) => row.ask_id === idOrPrefix);
    return (exact.length > 0 ? exact : rows).map(toRow);
  }

  async list(filter: { status?: AskStatus; by?: string; limit: number }): Promise<AskRow[]> {
    let query = this.db.selectFrom('ask').selectAll().orderBy('started_at', 'desc').limit(filter.limit);
    if (filter.status !== undefined) query = query.where('status', '=', filter.status);
    if (filter.by !== undefined) query = query.where('asked_by', '=', filter.by);
    return (await query.execute()).map(toRow);
  }

  /** Forgets one that has ended; `open`: it, or one that goes on from it, has not. */
  forget(askId: string): Promise<'forgotten' | 'open'> {
    return forgetAsk(this.db, askId);
  }

  /** Lines of progress, numbered without gaps. What has a key that is there already is left out. */
  addEvents(askId: string, events: readonly NewEvent[]): Promise<void> {
    return addEvents(this.db, askId, events);
  }

  events(askId: string, afterSeq = 0): Promise<AskEvent[]> {
    return eventsAfter(this.db, askId, afterSeq);
  }

  /** What calls of models have cost, in groups; all together without any. */
  costs(filter: CostFilter = {}): Promise<Costs[]> {
    return costs(this.db, filter);
  }

  /** What came of a tool call under its key, if it is known. */
  async toolDone<T>(key: string): Promise<T | undefined> {
    const row = await this.db
      .selectFrom('tool_call')
      .select('done')
      .where('key', '=', key)
      .executeTakeFirst();
    return row?.done as T | undefined;
  }

  /** Returns what holds: the first that came under this key. */
  async toolWasDone<T>(call: {
    key: string;
    askId: string;
    agent: string;
    name: string;
    done: T;
    ms: number;
  }): Promise<T> {
    await this.db
      .insertInto('tool_call')
      .values({
        key: call.key,
        ask_id: call.askId,
        agent: call.agent,
        name: call.name,
        done: JSON.stringify(call.done),
        ms: Math.round(call.ms),
      })
      .onConflict((c) => c.column('key').doNothing())
      .execute();
    return (await this.toolDone<T>(call.key))!;
  }
}

function toRow(row: Selectable<StoreTables['ask']>): AskRow {
  return {
    askId: row.ask_id,
    status: row.status,
    by: row.asked_by,
    input: row.input,
    words: row.words,
    ...(row.previous === null ? {} : { previous: row.previous }),
    ...(row.conversation === null ? {} : { conversation: row.conversation }),
    ...(row.bundle === null ? {} : { bundle: row.bundle }),
    ...(row.document === null ? {} : { document: row.document }),
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  };
}
