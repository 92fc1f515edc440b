import { sql } from 'kysely';
import { fail } from '../schemas/errors';
import type { StoreDb } from './database';
import { canonicalJson, sha256 } from './digest';
import { Newest } from './newest';
import { Write } from './write';

/** Bytes that a process keeps of what it wrote or read last, and of one artifact at most. */
const KEPT_BYTES = 4 * 1024 * 1024;
const KEPT_EACH = 256 * 1024;

/** Content-addressed values: what is big travels through histories as the SHA-256 of its bytes. */
export class Artifacts {
  /** Bytes whose hash this process has made or checked: the activities of a run ask for the same again and again. */
  private readonly newest = new Newest(KEPT_BYTES, KEPT_EACH);

  constructor(private readonly db: StoreDb) {}

  /** Stores canonical JSON; returns its hash. Storing the same value twice is one row. */
  async putJson(kind: string, value: unknown): Promise<string> {
    return this.put(kind, Buffer.from(canonicalJson(value)));
  }

  async put(kind: string, body: Buffer): Promise<string> {
    const { hash, write } = this.bytes(kind, body);
    await write;
    return hash;
  }

  /** Canonical JSON that is still to be written, and the hash it will have. */
  json(kind: string, value: unknown): { hash: string; write: Write } {
    return this.bytes(kind, Buffer.from(canonicalJson(value)));
  }

  private bytes(kind: string, body: Buffer): { hash: string; write: Write } {
    const hash = sha256(body);
    this.newest.keep(hash, body);
    const statement = this.db
      .insertInto('artifact')
      .values({ hash, kind, body })
      // Taken up again: its age begins anew, so that no sweep takes it before what refers to it is stored.
      .onConflict((c) =>
        c
          .column('hash')
          .doUpdateSet({ created_at: sql`clock_timestamp()` })
          .where(sql<boolean>`artifact.created_at < clock_timestamp() - interval '1 hour'`),
      );
    return { hash, write: new Write(this.db, statement) };
  }

  /** The bytes under a hash, checked against it. Throws `not_found`, or `internal` when the bytes were altered. */
  async get(hash: string): Promise<Buffer> {
    const kept = this.newest.get(hash);
    if (kept) return kept;
    const row = await this.db
      .selectFrom('artifact')
      .select('body')
      .where('hash', '=', hash)
      .executeTakeFirst();
    if (!row) {
      throw fail('not_found', `The artifact ${hash.slice(0, 12)} is not in the store.`, {
        next: 'Start the run again; if the store was restored from a backup, runs from before it cannot go on.',
      });
    }
    if (sha256(row.body) !== hash) {
      throw fail('internal', `The artifact ${hash.slice(0, 12)} does not have the bytes it is named for.`, {
        state: 'The store was altered; nothing was executed.',
        next: 'Restore the store from a backup and reject the runs that wait.',
      });
    }
    this.newest.keep(hash, row.body);
    return row.body;
  }

  async getJson<T>(hash: string): Promise<T> {
    return JSON.parse((await this.get(hash)).toString('utf8')) as T;
  }
}
