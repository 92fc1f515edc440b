import { sql } from 'kysely';
import type { StoreDb } from '../database';
import type { MemoryKind } from './tables';

/** What somebody decided about a proposal, and why. */
export interface Memory {
  id: number;
  kind: MemoryKind;
  runId: string;
  goal: string;
  owner: string | null;
  relations: string[];
  by: string;
  /** The reason in their words, or what was changed; empty: none was given. */
  text: string;
  at: Date;
}

export interface Remembered {
  key: string;
  kind: MemoryKind;
  runId: string;
  goal: string;
  owner: string | null;
  relations: readonly string[];
  by: string;
  text: string;
  at: Date;
}

/** A decision that is on record and was not looked at yet. */
export interface NewDecision {
  key: string;
  verdict: string;
  runId: string;
  goal: string;
  bundle: string;
  proposal: string | null;
  by: string;
  comment: string | null;
  at: Date;
}

const SHOWN = sql`id::int as id, kind, run_id as "runId", goal, owner, relations, decided_by as by, coalesce(text, '') as text, at`;

/** What people approved, rejected and changed, to be found again by what it was about; they can have it forgotten. */
export class MemoryBook {
  constructor(private readonly db: StoreDb) {}

  /** Decisions that counted and that are not remembered (or were forgotten) yet, oldest first. */
  async news(limit: number): Promise<NewDecision[]> {
    const { rows } = await sql<NewDecision>`
      select 'decision:' || d.id as key, d.verdict, d.run_id as "runId", r.goal, r.bundle, r.proposal,
             d.decided_by as by, d.comment, d.decided_at as at
        from decision d join run r on r.run_id = d.run_id
       where d.accepted and not exists (select from memory m where m.key = 'decision:' || d.id)
       order by d.decided_at limit ${limit}`.execute(this.db);
    return rows;
  }

  /** Once: what is remembered or was forgotten under that key stays as it is. */
  async remember(what: Remembered): Promise<void> {
    await this.db
      .insertInto('memory')
      .values({
        ...{ key: what.key, kind: what.kind, run_id: what.runId, goal: what.goal, owner: what.owner },
        ...{ relations: [...what.relations], decided_by: what.by, text: what.text, at: what.at },
        forgotten_at: null,
      })
      .onConflict((c) => c.column('key').doNothing())
      .execute();
  }

  /** The newest first. */
  async list(filter: { goal?: string; limit: number }): Promise<Memory[]> {
    const { rows } = await sql<Memory>`select ${SHOWN} from memory
      where forgotten_at is null and (${filter.goal ?? null}::text is null or goal = ${filter.goal ?? null})
      order by at desc, id desc limit ${filter.limit}`.execute(this.db);
    return rows;
  }

  /**
   * What bears on an ask: about the same relations, of the same owner, of a goal of that name; rejections and edits before
   * approvals, what has a reason before what has none, newer before older.
   */
  async related(about: {
    relations: readonly string[];
    owner?: string;
    goal?: string;
    limit: number;
  }): Promise<Memory[]> {
    const { relations, owner = null, goal = null, limit } = about;
    const { rows } = await sql<Memory>`select ${SHOWN} from memory
      where forgotten_at is null
        and (relations && ${[...relations]}::text[] or goal = ${goal} or (owner = ${owner} and coalesce(text, '') <> ''))
      order by (relations && ${[...relations]}::text[])::int * 2 + coalesce((goal = ${goal})::int, 0) * 2
               + (coalesce(text, '') <> '')::int * 2 + (kind <> 'approved')::int desc, at desc, id desc
      limit ${limit}`.execute(this.db);
    return rows;
  }

  /** The words, the reason and what it was about are gone; that something was forgotten stays, so that it does not come back. */
  async forget(id: number): Promise<boolean> {
    const { numAffectedRows } = await sql`update memory
      set text = null, relations = '{}', owner = null, decided_by = '', goal = '', forgotten_at = clock_timestamp()
      where id = ${id} and forgotten_at is null`.execute(this.db);
    return (numAffectedRows ?? 0n) > 0n;
  }
}
