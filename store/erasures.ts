import { createHash, randomBytes } from 'node:crypto';
import { sql, type ColumnType, type Generated } from 'kysely';
import type { StoreDb } from './database';
import { Write } from './write';

export interface ErasureTables {
  erasure_request: {
    id: string;
    run_id: string | null;
    keys: ColumnType<Record<string, string>, string, never>;
    requested_by: string;
    requested_at: Generated<Date>;
  };
  erasure_key: { key_id: string; key: Buffer; made_at: Generated<Date> };
}

/** A key for HMAC-SHA-256 (RFC 2104), as its two padded forms, so that a database can compute it with sha256() alone. */
export interface HmacKey {
  id: string;
  inner: Buffer;
  outer: Buffer;
}

/** How old a request may get that no run has taken up, in milliseconds. */
const UNCLAIMED_MS = 24 * 3_600_000;

/** Requests to erase rows, with the values by which they are found, and the key that what is remembered is hashed with. */
export class Erasures {
  constructor(private readonly db: StoreDb) {}

  /** Puts the values where only the run that erases them finds them. Returns the request's id. */
  async ask(keys: Record<string, string>, by: string): Promise<string> {
    const id = `er_${randomBytes(12).toString('hex')}`;
    await this.db
      .insertInto('erasure_request')
      .values({ id, run_id: null, keys: JSON.stringify(keys), requested_by: by })
      .execute();
    return id;
  }

  /** The values of a request, which from now on is this run's; `undefined`: gone, or another run's. */
  async take(id: string, runId: string): Promise<Record<string, string> | undefined> {
    const row = await this.db
      .updateTable('erasure_request')
      .set({ run_id: runId })
      .where('id', '=', id)
      .where((e) => e.or([e('run_id', 'is', null), e('run_id', '=', runId)]))
      .returning('keys')
      .executeTakeFirst();
    return row?.keys;
  }

  /** A request that no run will take up. */
  async withdraw(id: string): Promise<void> {
    await this.db.deleteFrom('erasure_request').where('id', '=', id).where('run_id', 'is', null).execute();
  }

  /** When the run has ended, however. */
  forget(runId: string): Write {
    return new Write(this.db, this.db.deleteFrom('erasure_request').where('run_id', '=', runId));
  }

  /** Requests whose run was never started, or has ended without saying so. Returns how many. */
  async forgetStray(openRuns: readonly string[]): Promise<number> {
    const { rows } = await sql`delete from erasure_request
      where requested_at < clock_timestamp() - ${UNCLAIMED_MS} * interval '1 millisecond'
        and (run_id is null or run_id <> all(${[...openRuns]}::text[])) returning 1`.execute(this.db);
    return rows.length;
  }

  /** The key of this home; made when it is first needed. */
  async key(): Promise<HmacKey> {
    const found = await this.db.selectFrom('erasure_key').selectAll().orderBy('made_at').executeTakeFirst();
    if (found) return padded(found.key_id, found.key);
    const key = randomBytes(32);
    const id = createHash('sha256').update(key).digest('hex').slice(0, 16);
    // Two at once: the older of both is used by both.
    await this.db.insertInto('erasure_key').values({ key_id: id, key }).execute();
    return this.key();
  }

  async keys(ids: readonly string[]): Promise<Map<string, HmacKey>> {
    if (ids.length === 0) return new Map();
    const rows = await this.db
      .selectFrom('erasure_key')
      .selectAll()
      .where('key_id', 'in', [...ids])
      .execute();
    return new Map(rows.map(({ key_id, key }) => [key_id, padded(key_id, key)]));
  }

  /** Hashes of artifacts in which one of the values stands, up to ten: what people wrote into goals is theirs to remove. */
  async artifactsWith(values: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ hash: string }>`select hash from artifact a
      where exists (select from unnest(${asWritten(values)}::text[]) v where position(convert_to(v, 'UTF8') in a.body) > 0)
      order by created_at desc limit 10`.execute(this.db);
    return rows.map(({ hash }) => hash);
  }

  /**
   * Where else in the store one of the values stands in what people and models wrote, up to ten of each: asks (their
   * words, progress and answers), what is remembered of decisions, documents of knowledge. As `ask ID`, `memory ID`, …
   */
  async textsWith(values: readonly string[]): Promise<string[]> {
    const holds = (text: string) =>
      sql<boolean>`exists (select from unnest(${asWritten(values)}::text[]) v where position(v in ${sql.raw(text)}) > 0)`;
    const { rows } = await sql<{ place: string }>`
      (select 'ask ' || ask_id as place from ask where ${holds(`concat_ws(' ', asked_by, words, document::text, granted::text)`)}
          or ask_id in (select ask_id from tool_call where ${holds('done::text')})
          or ask_id in (select ask_id from ask_event where ${holds('text')})
          -- What streams is cut into lines of progress wherever it is.
          or ask_id in (select ask_id from (select ask_id, string_agg(text, '' order by seq) as said
                          from ask_event where kind = 'text' group by ask_id, agent) streamed where ${holds('said')})
        order by started_at desc limit 10)
      union all (select 'memory ' || id from memory where ${holds('text')} order by id desc limit 10)
      union all (select 'knowledge ' || id from knowledge_document d where ${holds(`concat_ws(' ', source, title)`)}
          or id in (select document from knowledge_chunk where ${holds('body')} or ${holds('heading')})
        order by id desc limit 10)`.execute(this.db);
    return rows.map(({ place }) => place);
  }
}

/** As they are, and as they stand in JSON. */
const asWritten = (values: readonly string[]): string[] => [
  ...new Set(values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])),
];

const BLOCK = 64;

function padded(id: string, key: Buffer): HmacKey {
  const block = Buffer.alloc(BLOCK);
  key.copy(block);
  return {
    id,
    inner: Buffer.from(block.map((b) => b ^ 0x36)),
    outer: Buffer.from(block.map((b) => b ^ 0x5c)),
  };
}
