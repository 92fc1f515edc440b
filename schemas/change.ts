import type { Effect } from './effect';
import type { ChangeLineage } from './lineage';

/** What one step would do: the value that is proposed, rehearsed, approved, applied and undone. Plain JSON. */

/** Ordered by how much a reader of the warehouse could notice: `read` < `additive` < `rewriting` < `destructive`. */
export const RISKS = ['read', 'additive', 'rewriting', 'destructive'] as const;
export type Risk = (typeof RISKS)[number];

/** `schema.name`, unquoted, as the catalogue spells it. A schema alone is written `schema.*`. */
export type RelationName = string;

/** Structure + owner + privileges of one relation as a SHA-256 hex, or `absent`. */
export type RelationFingerprint = string;

export interface Finding {
  severity: 'info' | 'warning' | 'error';
  /** A stable short name, e.g. `volatile_function`. */
  rule: string;
  message: string;
  place?: string;
}

export interface Estimate {
  /** Rows written, where known or estimated from statistics. */
  rows?: number;
  /** Rows of the source that are read, where that is not the same. */
  read?: number;
  /** Bytes read or written, whichever dominates. */
  bytes?: number;
  seconds?: number;
  /** What the change's locks do to others while it runs, in plain words. */
  locks?: string;
  /** Bytes kept aside so that the change can be undone. */
  undoBytes?: number;
  /** Seconds that its undo takes. */
  undoSeconds?: number;
  /** What the locks of its undo do to others, in plain words. */
  undoLocks?: string;
}

/**
 * A change. `body` is the capability's own artifact: everything `apply`, `verify` and `undo` need, nothing more.
 * No row values and no secrets: a body is stored, hashed and shown.
 */
export interface Change<Body = unknown> {
  /** Unique for run, proposal and step; `apply` and `undo` are idempotent under it. */
  id: string;
  step: string;
  kind: string;
  /** One line a person reads first: `append 31 files into raw.flights`. */
  title: string;
  risk: Risk;
  /** Nothing to do: `apply` is skipped. The title says why. */
  noop: boolean;
  /**
   * A load or refresh, with an exact undo, of a relation that does not exist yet or that Sluice made:
   * what a repeating goal does every day. Also any change of what an earlier step of the same run makes.
   */
  routine: boolean;
  /** In plain words, each thing that undo will not bring back. Empty: the undo is exact. */
  lossy: string[];
  /** The goal says itself that it cannot be undone: it never is, nor is anything of its run once it is applied. */
  irreversible?: true;
  reads: RelationName[];
  writes: RelationName[];
  /** Fingerprints of what is read and written, taken when proposing; compared again under lock before applying. */
  fingerprints: Record<RelationName, RelationFingerprint>;
  /** What the outside looked like when proposing (files' hashes, a source table's columns), compared again by `apply`. */
  sources: Record<string, string>;
  body: Body;
  /** The statements `apply` will run, as text for people (and for the digest). */
  apply: string;
  /** The statements `undo` will run, as text for people; also what an operator is given when undo fails. */
  undo: string;
  findings: Finding[];
  estimate: Estimate;
  /** What PostgreSQL did to tables that others use when it was rehearsed; absent before that. */
  observed?: Effect[];
  /**
   * Milliseconds from its apply for which what its undo needs is kept, as the proposal says; 0: only until its run has
   * ended, it would not fit. Absent (changes from before there was a retention, or what writes nothing): see the sweep.
   */
  keepMs?: number;
  /** For the record; not part of the digest: it follows from the rest. */
  lineage?: ChangeLineage;
}

/** What a capability's `propose` returns; the engine adds the rest. */
export type Proposed<Body> = Omit<
  Change<Body>,
  'id' | 'step' | 'kind' | 'fingerprints' | 'keepMs' | 'lineage' | 'observed'
>;

export interface RowCounts {
  read: number;
  inserted: number;
  updated: number;
  deleted: number;
  quarantined: number;
}

export const NO_ROWS: RowCounts = { read: 0, inserted: 0, updated: 0, deleted: 0, quarantined: 0 };

/** What `apply` did. `detail` is the capability's own memory for `undo` (ids and names, never row values). */
export interface Applied {
  rows: RowCounts;
  /** In a rehearsal: what it did to tables that others use. */
  observed?: Effect[];
  detail?: Record<string, unknown>;
}

export interface Undone {
  rows: RowCounts;
}

/** One thing that was verified. A failed `error` check keeps the change from being published. */
export interface Check {
  name: string;
  ok: boolean;
  severity: 'error' | 'warning';
  /** Expected and found, without row values. */
  message: string;
}
