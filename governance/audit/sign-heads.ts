import { sql } from 'kysely';
import { FINAL_STATUSES } from '../../schemas/run';
import type { Store } from '../../store/store';
import { appendHead } from './heads-file';
import { signHead, type SigningKey } from './keys';

/** Milliseconds after which the log's end is signed although no run has ended. */
const PERIOD_MS = 60_000;

/** Signs where the log ends: when a run has ended since the last head, and at least once a minute while it grows. */
export class HeadSigner {
  private last?: { seq: number; at: number };

  constructor(
    private readonly store: Store,
    private readonly key: SigningKey,
    /** Kept outside of the database: whoever can alter that cannot alter this. */
    private readonly file: string | undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** Returns the number of the entry that was signed, if it was time to. */
  async tick(): Promise<number | undefined> {
    if (!this.last) {
      await this.store.audit.saveKey(this.key.keyId, this.key.publicKey);
      const { rows } = await sql<{ seq: string | null }>`select max(seq) as seq from audit_head
        where key_id = ${this.key.keyId}`.execute(this.store.db);
      this.last = { seq: Number(rows[0]?.seq ?? 0), at: 0 };
    }
    const end = await this.store.audit.end();
    if (end.seq <= this.last.seq) return undefined;
    const due = this.now() - this.last.at >= PERIOD_MS || (await this.hasRunEnded(this.last.seq));
    if (!due) return undefined;
    const at = this.now();
    const head = signHead(this.key, { ...end, at: new Date(at).toISOString() });
    if (this.file !== undefined) appendHead(this.file, head);
    await this.store.audit.saveHead(head);
    this.last = { seq: end.seq, at };
    return end.seq;
  }

  private async hasRunEnded(since: number): Promise<boolean> {
    const row = await this.store.db
      .selectFrom('audit')
      .select('seq')
      .where('seq', '>', String(since))
      .where('action', 'in', [...FINAL_STATUSES])
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }
}
