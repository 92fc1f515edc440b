import type { Asked } from './ask';
import type { Problem } from './errors';
import type { Change, Check, RelationName, RowCounts } from './change';
import type { Coverage, Standing, StandingTerms } from './standing';

/** One pass of a goal through its life. */
export const RUN_STATUSES = [
  'planned',
  'planning',
  'rehearsing',
  'waiting',
  'applying',
  'succeeded',
  'rejected',
  'expired',
  'stale',
  'rolled_back',
  'undone',
  'held',
  'needs_operator',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const FINAL_STATUSES: ReadonlySet<RunStatus> = new Set([
  'planned',
  'succeeded',
  'rejected',
  'expired',
  'stale',
  'rolled_back',
  'undone',
  'needs_operator',
]);

/** Whether anything that a run did may stand: of one that has ended, the ledger alone knows what does. */
export function mayStand({ status, steps, nothingNew }: RunDocument): boolean {
  switch (status) {
    case 'succeeded':
      return !nothingNew;
    case 'needs_operator':
      return true;
    case 'rolled_back':
    case 'stale':
    case 'rejected':
      // `onFailure: keep`.
      return steps.some((step) => step.status === 'applied');
    default:
      return false;
  }
}

export type StepStatus = 'pending' | 'proposed' | 'applying' | 'applied' | 'skipped' | 'failed' | 'undone';

/** One change as `plan --json` prints it. */
export type ChangeSummary = Pick<
  Change,
  | 'id'
  | 'step'
  | 'kind'
  | 'title'
  | 'risk'
  | 'noop'
  | 'routine'
  | 'lossy'
  | 'reads'
  | 'writes'
  | 'apply'
  | 'undo'
  | 'findings'
  | 'estimate'
>;

export interface Doubt {
  step?: string;
  /** In plain words: names and numbers, no values. */
  why: string;
  /** What the rehearsal did not see, rather than what went wrong in it. */
  unseen?: true;
}

export interface RehearsalReport {
  /** `proven`: applied, verified and undone on the shadow and everything was as before. `simulated`: the
   * same, on another engine than the target's. `failed`: see the checks. `not_needed`: nothing would change. */
  status: 'proven' | 'unproven' | 'simulated' | 'failed' | 'not_needed';
  undoProven: boolean;
  /** That it ran on another major of PostgreSQL than the warehouse's, in plain words: what it proves holds there. */
  simulated?: string;
  /** Why it is not, each with the step that it is about; without one it is about all of them. */
  doubts?: Doubt[];
  checks: Check[];
  /** What the proof covers, in plain words: object classes, tables whose rows were compared, sample sizes. */
  covers: string[];
  /** What it does not cover, each with its reason. */
  gaps: string[];
  /** What the undo of each step does to others and how long it takes, by estimate; absent where none was rehearsed. */
  undoes?: { step: string; locks?: string; seconds?: number }[];
}

/** What policy requires before applying. */
export interface Gate {
  name: string;
  /** Distinct people who must approve; 0: automatic. */
  approvers: number;
  /** Why, in plain words: the rule that decided. */
  reason: string;
  /** Relations whose names must be repeated (or `allowDestructive`) for one local person's decision to be enough. */
  confirm: RelationName[];
  /** True where one confirmed decision of the person at the machine opens the gate (never in `protected`). */
  localOverride: boolean;
  /** Milliseconds from asking to expiry. */
  deadlineMs: number;
  /** Of the approvers, at least so many must hold each role. Absent: anybody. */
  roles?: Record<string, number>;
  /** Only identities that were verified count (a raw signal's `by` is not). */
  verified?: boolean;
  /** Separation of duty: these people may approve, but at least one other must, too. */
  notAlone?: string[];
  /** Milliseconds before the deadline at which whoever must decide is reminded. */
  remindMs?: number[];
  /** When it may be applied, once approved: only while all of these are open. Absent: at any time. */
  windows?: ChangeWindow[];
  /** Names of the rules that decided. */
  rules?: string[];
  /** Why policy forbids it, whoever would approve. */
  denied?: string[];
  /**
   * Of a goal that a model wrote: what of it nobody asked for, each with its reason. Then a person has to say that they
   * approve it: neither a policy nor a standing approval nor `--yes` opens the gate.
   */
  beyond?: string[];
}

/** A recurring span of time in which applying is allowed, in wall-clock time of a zone. */
export interface ChangeWindow {
  /** IANA name, e.g. `Europe/Berlin`. */
  timezone: string;
  /** `mon` … `sun`. */
  days: string[];
  /** `HH:MM`; an end before the start is on the next day. */
  from: string;
  to: string;
}

/** Whose decision counts, as whoever verified it says. */
export interface Voter {
  /** One name per person, however they signed in: what "two different people" compares. */
  by: string;
  verified: boolean;
  roles: string[];
}

/** What came of putting a decision on the record. */
export interface Counted {
  counted: boolean;
  /** Why not. */
  refused?: Problem;
  voter: Voter;
  /** How it came, as far as its ticket vouches for that; without one it may have come any way. */
  via?: Decision['via'];
}

export interface Decision {
  /** Unique; the id of the Temporal update that carries it. */
  id: string;
  verdict: 'approve' | 'reject';
  digest: string;
  by: string;
  comment?: string;
  confirm?: RelationName[];
  allowDestructive?: boolean;
  /** Approve later runs of the goal, too, as long as they are more of the same. */
  standing?: StandingTerms;
  /** Of the ticket in the store that says who decides and how that was verified; raw signals and updates have none. */
  ticket?: string;
  /** How it came: the CLI on this machine, a raw Temporal signal or update. */
  via: 'cli' | 'signal' | 'update';
}

/** A table or view that stays behind: the step that made it has left the goal. */
export interface LeftStep {
  step: string;
  relation: RelationName;
  /** The run that wrote it last. */
  runId: string;
}

/** Everything a run would do under one digest. Stored by reference; the workflow holds only its digest and gate. */
export interface Proposal {
  goal: string;
  runId: string;
  number: number;
  digest: string;
  changes: ChangeSummary[];
  /** Hashes of the whole changes, in the same order. */
  changeRefs: string[];
  gates: Gate[];
  rehearsal: RehearsalReport;
  /** Where it would happen: host, port, database, roles. */
  target: Record<string, string>;
  /** Versions and session settings that are part of the digest. */
  tools: Record<string, string>;
  /** Which policy decided, and on what it cannot see in the changes; absent before policies were files. */
  policy?: PolicyRecord;
  /** What steps that left the goal have made; not part of the digest. Absent: nothing. */
  left?: LeftStep[];
  /** What standing approvals say to it; not part of the digest. Absent where none was looked for (`plan`). */
  standing?: Standing;
  /** Of a goal that came from plain words: the words, and what it rests on. */
  asked?: Asked;
  /** It takes back a run: each of its changes is the undo of one of that run's, the last one first. */
  undoes?: { runId: string; digest: string };
}

export interface PolicyRecord {
  /** Each with the SHA-256 of its text; the worker's own first. Without any: the built-in one. */
  sources: { name: string; hash: string; from: 'worker' | 'project' }[];
  /** Who started the run. */
  author: string;
  authorVerified?: boolean;
}

/** The proposal as the workflow's query gives it: texts shortened, so that a waiting run stays small. */
export interface ProposalView {
  digest: string;
  proposal: string;
  changes: Pick<
    ChangeSummary,
    'id' | 'step' | 'kind' | 'title' | 'risk' | 'lossy' | 'reads' | 'writes' | 'apply' | 'undo'
  >[];
  gate: Gate;
  rehearsal: RehearsalReport['status'];
}

/** `plan --json` */
export interface PlanDocument {
  goal: string;
  runId: string;
  status: RunStatus;
  digest: string;
  changes: ChangeSummary[];
  gates: Gate[];
  rehearsal: RehearsalReport;
  left?: LeftStep[];
  standing?: Standing;
  asked?: Asked;
  undoes?: Proposal['undoes'];
  error?: Problem;
}

export interface StepReport {
  id: string;
  kind: string;
  status: StepStatus;
  title?: string;
  rows: RowCounts;
  error?: Problem;
}

/** `apply --json`, `show --json`, `undo --json` */
export interface RunDocument {
  goal: string;
  runId: string;
  workflowId: string;
  status: RunStatus;
  /** The environment it was started for. */
  environment?: string;
  digest: string;
  steps: StepReport[];
  checks: Check[];
  /** It succeeded and had nothing to write: nothing new was found. */
  nothingNew?: true;
  /** The standing approval that opened its gate. */
  standing?: Coverage;
  error?: Problem;
  /** ISO 8601, while waiting. */
  expiresAt?: string;
  /** While a step or an undo waits for locks: whom for, `pid 123 (idle in transaction, 48 s)`. */
  waitsFor?: string;
  /** Present while paused: no further step starts. */
  paused?: true;
  /** While waiting at the gate: what is still missing, in plain words. */
  needs?: string[];
  /** ISO 8601, while an approved run waits for its change window. */
  opensAt?: string;
  /** Of an undo: the run that it takes back. */
  undoes?: string;
  /** Of an undo that was only planned: the hash of its proposal. */
  proposal?: string;
}
