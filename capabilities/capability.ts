import type { ZodType } from 'zod';
import type { Applied, Change, Check, Proposed, RelationName, Undone } from '../schemas/change';
import type { Goal, ParamValue } from '../schemas/goal';
import type { ChangeLineage } from '../schemas/lineage';
import type { Sources } from '../sources/sources';
import type { Effects } from '../warehouses/postgres/effects';
import type { LockWaits, Patience } from '../warehouses/patience';
import type { ReadSession, SampleNeeds, WriteSession } from '../warehouses/warehouse';
import type { House } from './house';

/** What every phase is given. Long work calls `heartbeat` at least every few seconds and stops when `signal` aborts. */
export interface StepContext {
  readonly goal: string;
  readonly runId: string;
  readonly step: string;
  readonly params: Record<string, ParamValue>;
  readonly sources: Sources;
  readonly signal: AbortSignal;
  /** For kinds that keep Sluice's own house in order; the engine gives it always, a test where it matters. */
  readonly house?: House;
  /** How long locks are waited for; absent: the usual. */
  readonly lockWaits?: LockWaits;
  heartbeat(details?: unknown): void;
}

/**
 * Proposing looks twice: `session` has the structure as it will be when this step runs (earlier steps have already
 * happened there), `live` has sizes, statistics and Sluice's ledger as they are now. Both are read-only.
 */
export interface ProposeContext extends StepContext {
  readonly session: ReadSession;
  readonly live: ReadSession;
  /** Relations that earlier steps of this run will make or change: not (so) in `live` yet. */
  readonly pending: ReadonlySet<RelationName>;
  /** Content of a file that travelled with the goal (`sql: { file: … }`); throws `source_missing`. */
  bundledFile(path: string): Promise<string>;
  /** The whole goal, for kinds that look at their neighbours. */
  readonly document: Goal;
}

export interface ReadContext extends StepContext {
  readonly session: ReadSession;
}

/** Inside the one writing transaction of the change, its relations locked and their fingerprints compared. */
export interface WriteContext extends StepContext {
  readonly session: WriteSession;
  /** For locks that a capability asks for again and again itself; absent in tests: the usual. */
  readonly patience?: Patience;
  /** In a rehearsal: who runs single statements tells after each what it was, see {@link Effects.note}. */
  readonly effects?: Pick<Effects, 'before' | 'note'>;
}

/**
 * A kind of step. One object, one folder, one line in `registry.ts`.
 *
 * The engine, not the capability, begins and commits transactions, records each change once in the target's ledger,
 * locks, compares fingerprints, registers undo before apply and settles lost answers. So `apply` may assume it runs
 * at most once to the end for a change, and `undo` is only called for a change whose `apply` committed, with what it
 * returned. Both must touch nothing but `session` and `sources`: in a rehearsal these are bound to the shadow.
 */
export interface Capability<Input = unknown, Body = unknown> {
  readonly kind: string;
  /** One line for `--help` and docs. */
  readonly summary: string;
  readonly input: ZodType<Input>;
  /** Relative paths of files that must travel with the goal (SQL files, not data). */
  bundle?(input: Input): string[];
  /** Faults that need the whole input but no outside world, `[path, message]`; after `input` has accepted it. */
  lint?(input: Input): { path: string; message: string }[];
  propose(input: Input, ctx: ProposeContext): Promise<Proposed<Body>>;
  /**
   * Where the change's data comes from and goes to, for the record; default: what it reads and writes, by name. Says
   * nothing of what it is not sure of. The same context as `propose`, right after it.
   */
  lineage?(input: Input, proposed: Proposed<Body>, ctx: ProposeContext): Promise<ChangeLineage>;
  /** The rows a rehearsal must have of what is live; default: any rows of what a change writes that does more than add. */
  needs?(change: Change<Body>): Promise<SampleNeeds>;
  apply(change: Change<Body>, ctx: WriteContext): Promise<Applied>;
  /** Runs before the commit, in the same transaction as `apply`: readers do not see the change yet. */
  verify(change: Change<Body>, applied: Applied, ctx: ReadContext): Promise<Check[]>;
  /**
   * After the commit of a change that ran live, and again with each retry until it has succeeded: what cannot be in the
   * transaction. Idempotent; the change stands, whatever becomes of this.
   */
  settle?(change: Change<Body>, ctx: StepContext): Promise<void>;
  /** Throws `undo_refused`, naming what stands in the way, when later writes depend on what it would take away. */
  undo(change: Change<Body>, applied: Applied, ctx: WriteContext): Promise<Undone>;
}
