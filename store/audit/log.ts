import { sql, type RawBuilder } from 'kysely';
import { scrubDeep } from '../../governance/redact';
import type { StoreDb } from '../database';
import { canonicalJson } from '../digest';
import { onceKey } from '../once';

/** Who did what to what. No secrets and no row values: an audit log is read by many and kept for long. */
export interface AuditEvent {
  actor: string;
  /** A stable short name: `admitted`, `token_created`. */
  action: string;
  /** What it is about: a run's id, `token:ci`, `policy`. */
  subject: string;
  data?: Record<string, unknown>;
}

/** An entry as it stands in the table; `data` is canonical JSON text. */
export interface StoredEntry {
  seq: number;
  prev: string;
  hash: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  data: string;
}

/** Where the chain ended at a time, signed. */
export interface SignedHead {
  seq: number;
  hash: string;
  /** ISO 8601. */
  at: string;
  keyId: string;
  /** Ed25519, base64. */
  signature: string;
}

/** Entries read at a time. */
const PAGE = 2_000;

/** The append-only audit log in the store; {@link ../../governance/audit/verify} checks it. */
export class AuditLog {
  constructor(private readonly db: StoreDb) {}

  /** Appends an entry; inside an activity a retry appends nothing. Returns its number, `undefined` for a repetition. */
  async append(event: AuditEvent): Promise<number | undefined> {
    const { rows } = await sql<{ seq: string | null }>`select ${appendCall(event)} as seq`.execute(this.db);
    const seq = rows[0]?.seq ?? null;
    return seq === null ? undefined : Number(seq);
  }

  /** Where the chain ends: `{seq: 0, hash: '000…'}` before the first entry. */
  async end(): Promise<{ seq: number; hash: string }> {
    const row = await this.db.selectFrom('audit_chain').select(['seq', 'hash']).executeTakeFirst();
    return { seq: Number(row?.seq ?? 0), hash: row?.hash ?? '' };
  }

  /** Entries from `after` (exclusive) to `upTo`, in order, a page at a time. */
  async *entries(after = 0, upTo = Number.MAX_SAFE_INTEGER): AsyncGenerator<StoredEntry> {
    for (let last = after; ;) {
      const rows = await this.db
        .selectFrom('audit')
        .select(['seq', 'prev', 'hash', 'at', 'actor', 'action', 'subject', 'data'])
        .where('seq', '>', String(last))
        .where('seq', '<=', String(upTo))
        .orderBy('seq')
        .limit(PAGE)
        .execute();
      for (const row of rows) yield { ...row, seq: Number(row.seq) };
      if (rows.length < PAGE) return;
      last = Number(rows.at(-1)!.seq);
    }
  }

  /** The number of the first entry at or after an instant (ISO 8601); `undefined` when there is none. */
  async firstSince(at: string): Promise<number | undefined> {
    const row = await this.db
      .selectFrom('audit')
      .select('seq')
      .where('at', '>=', new Date(at).toISOString())
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst();
    return row && Number(row.seq);
  }

  async heads(after = 0): Promise<SignedHead[]> {
    const rows = await this.db
      .selectFrom('audit_head')
      .selectAll()
      .where('seq', '>', String(after))
      .orderBy('seq')
      .orderBy('key_id')
      .execute();
    return rows.map((row) => ({
      seq: Number(row.seq),
      hash: row.hash,
      at: row.at,
      keyId: row.key_id,
      signature: row.signature,
    }));
  }

  async saveHead(head: SignedHead): Promise<void> {
    const { seq, hash, at, keyId: key_id, signature } = head;
    await this.db
      .insertInto('audit_head')
      .values({ seq: String(seq), hash, at, key_id, signature })
      .onConflict((c) => c.doNothing())
      .execute();
  }

  /** Keeps a public key beside the heads, for whoever exports; nobody trusts it because it is there. */
  async saveKey(keyId: string, publicKey: string): Promise<void> {
    await this.db
      .insertInto('audit_key')
      .values({ key_id: keyId, public_key: publicKey })
      .onConflict((c) => c.doNothing())
      .execute();
  }
}

/** Text as PostgreSQL can hold it: without NUL and without halves of surrogate pairs. */
export function clean(text: string): string {
  return text.replace(/\0|\p{Surrogate}/gu, '\uFFFD');
}

/** The call that appends, as a part of a statement. */
export function appendCall({ actor, action, subject, data = {} }: AuditEvent): RawBuilder<string | null> {
  const key = onceKey(`audit/${action}/${subject}`);
  return sql`audit_append(${clean(actor)}, ${clean(action)}, ${clean(subject)}, ${canonicalJson(scrubDeep(data))}, ${clean(key)})`;
}
