/** What passes between a run's workflow and its activities: small, plain JSON; what is big goes by reference. */
import type { AskRequest } from './ask';
import type { Check, RelationName, Risk, RowCounts } from './change';
import type { ErrorCode } from './errors';
import type { OnFailure } from './goal';
import type { Queues } from './queues';
import type { Coverage } from './standing';
import type { Actor, Steering } from './steering';
import type { ChangeWindow, Decision, Gate, ProposalView, RehearsalReport, RunDocument } from './run';

export type RunMode = 'plan' | 'apply';

/** What a row of the store's runs is: an undo that waits for a decision is a run of its own. */
export type RunKind = RunMode | 'undo';

/**
 * How a client starts the `goal` workflow: the checked bundle by reference. Temporal's own tools may give a goal
 * document instead (anything with `apiVersion`).
 */
export interface RunRequest {
  sluice: 'run';
  /** Absent where one request starts many runs (a schedule): then it is made from the workflow's id. */
  runId?: string;
  bundle: string;
  mode: RunMode;
  by: string;
  /** ISO 8601: what parameters that are bound by a schedule are bound from, where no schedule started the workflow. */
  scheduledAt?: string;
}

export interface AdmitInput {
  request: unknown;
  runId: string;
  workflowId: string;
  temporalRunId: string;
  /** ISO 8601, of a run that was started by a schedule, a trigger or a backfill: the time it is for. */
  scheduledAt?: string;
}

/** What every activity is told of the run. */
export interface RunRef {
  runId: string;
  goal: string;
  bundle: string;
}

export interface Admitted {
  run: RunRef;
  mode: RunMode;
  by: string;
  owner: string;
  warehouse: string;
  environment?: string;
  /** Only verified identities steer it: its warehouse is a protected one. */
  guarded?: boolean;
  onFailure: OnFailure;
  deadlineMs: number;
  /** ISO 8601: the time the run is for; absent where nobody said one. */
  scheduledAt?: string;
  steps: { id: string; kind: string; needs: string[] }[];
  /** Where heavier work goes; absent in histories from before, and where the run's own queue takes it all. */
  queues?: Queues;
}

/** A change as the workflow knows it: enough to order, show and decide; the rest is the artifact `ref`. */
export interface ChangeRef {
  ref: string;
  id: string;
  step: string;
  kind: string;
  title: string;
  risk: Risk;
  noop: boolean;
  reads: RelationName[];
  writes: RelationName[];
}

export interface ProposeInput {
  run: RunRef;
  step: string;
  /** Changes of earlier steps of this run that are not noops. */
  earlier: ChangeRef[];
  /** True once a shadow is open: the structure is looked at there. */
  shadow: boolean;
}

export interface RehearseInput {
  run: RunRef;
  change: ChangeRef;
  /** Relations that earlier steps of this run wrote in the shadow, and whether all their rows are there. */
  made: Record<RelationName, boolean>;
}

export interface Rehearsed {
  /** The change with what was seen of it, which is what is approved; absent in histories from before. */
  change?: ChangeRef;
  checks: Check[];
  /** Whether what it wrote has all the rows it will have: nothing it read was a sample. */
  whole: boolean;
  /** `schema.table: 1000 rows` … */
  sampled: string[];
  gaps: string[];
  /** What of the rows that it touches was not there; absent in histories from before. */
  unseen?: string[];
}

export interface CloseShadowInput {
  run: RunRef;
  /** In the order they were rehearsed. */
  changes: ChangeRef[];
  rehearsed: Rehearsed[];
  openGaps: string[];
}

export interface SealInput {
  run: RunRef;
  mode: RunMode;
  deadlineMs: number;
  changes: ChangeRef[];
  rehearsal: RehearsalReport;
  /** Who started the run; absent from workflows of an earlier version. */
  by?: string;
}

export interface Sealed {
  digest: string;
  proposal: string;
  gate: Gate;
  /** Whether somebody must decide before anything happens: the one answer, which the store has as the run's status too. */
  waits: boolean;
  view: ProposalView;
  /** The standing approval that opened the gate. */
  standing?: Coverage;
}

export interface DecideInput {
  run: RunRef;
  decision: Decision;
  /** Set when the workflow has refused it; it goes on the record all the same. */
  refused?: ErrorCode;
}

/** Somebody has to decide before `expiresAt` (ISO 8601) and has not. */
export interface RemindInput {
  run: RunRef;
  digest: string;
  needs: string[];
  expiresAt: string;
  /** Which reminder it is, from 1. */
  nth?: number;
}

export interface OpeningInput {
  run: RunRef;
  windows: ChangeWindow[];
}

export interface Opening {
  /** ISO 8601; absent: it is open. */
  opensAt?: string;
}

export interface ApplyInput {
  run: RunRef;
  change: ChangeRef;
  digest: string;
  proposal: string;
}

export interface AppliedStep {
  rows: RowCounts;
  checks: Check[];
}

export interface UndoInput {
  run: RunRef;
  /** Undone in reverse of this order, in one transaction: all or nothing. */
  changes: ChangeRef[];
  /** Whoever caused it: who asked for it, or Sluice, where a step failed. */
  actor: Actor;
  /** What made Sluice do it: the code of what went wrong. */
  because?: ErrorCode;
  /** What was shown or approved, and must still be what would be done. */
  agreed?: AgreedUndo;
}

/** An undo that somebody has read: it does what its proposal says, or nothing. */
export interface AgreedUndo {
  digest: string;
  /** The undo as a run of its own, where it waited for a decision. */
  undo?: RunRef;
}

export interface SteerInput {
  run: RunRef;
  steering: Steering;
  /** Set when the workflow has refused it; it goes on the record all the same. */
  refused?: ErrorCode;
}

export interface RecordInput {
  run: RunRef;
  document: RunDocument;
  /** Who started it. */
  by: string;
  /** Who caused this end; absent: who started it. */
  actor?: Actor;
}

export interface UndoneRun {
  /** Per step, what its undo took away or brought back; steps that never happened are left out. */
  steps: { step: string; rows: RowCounts }[];
}

/** What comes of recording a run's end. */
export interface Recorded {
  /** Goals that are started by this run's success. */
  followers: { goal: string; bundle: string }[];
  /** Of a run that failed: the ask that looks for why, and proposes the next version of its goal. */
  recovery?: AskRequest;
}

/** How a schedule starts the `watchFiles` workflow. */
export interface WatchRequest {
  goal: string;
  bundle: string;
}

/** What came of a look for new files. */
export type FilesLook = { fresh: false } | { fresh: true; signature: string; workflowId: string };

/** How a client starts the `undo` workflow. Temporal's own tools give `runId` and `by`. */
export interface UndoRequest {
  /** The run to take back, or the id of its workflow. */
  runId: string;
  by: string;
  /** `plan`: what would be taken back is looked at, and nothing happens. Default: `apply`. */
  mode?: RunMode;
  /** Of the plan that was shown: it is done only if it is still that one. */
  digest?: string;
  /** Unique, with `ticket`: who asks, as a ticket in the store says it. */
  id?: string;
  ticket?: string;
  via?: Steering['via'];
}

export interface LoadUndoInput {
  request: UndoRequest;
  /** Of the workflow that takes it back: the undo's own id. */
  workflowId: string;
}

export interface LoadedUndo {
  run: RunRef;
  warehouse: string;
  owner: string;
  document: RunDocument;
  /** Empty: nothing of the run stands. */
  changes: ChangeRef[];
  /** Who asks for it. */
  actor: Actor;
  /** Somebody must approve it: what it takes back is protected. */
  guarded: boolean;
  queues?: Queues;
}

export interface ProposeUndoInput {
  /** The run that is taken back. */
  run: RunRef;
  changes: ChangeRef[];
  /** The undo, as a run of its own, and the execution of its workflow. */
  undo: RunRef;
  temporalRunId: string;
  mode: RunMode;
  guarded: boolean;
  actor: Actor;
}
