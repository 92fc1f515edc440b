import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { Admitted, ChangeRef, LoadedUndo, Sealed } from '../schemas/life';
import { NO_ROWS, type Check } from '../schemas/change';
import type { Problem } from '../schemas/errors';
import {
  FINAL_STATUSES,
  type Gate,
  type ProposalView,
  type RunDocument,
  type RunStatus,
  type StepReport,
} from '../schemas/run';
import type { Coverage } from '../schemas/standing';
import { EXPIRES, identity, ROWS, SCHEDULE, STATUS, WAITING_FOR } from './attributes';
import { detailsOf } from './details';

/** A run as its workflow knows it. Plain values only; what the queries answer is made from it. */
export class RunState {
  status: RunStatus = 'planning';
  goal = '';
  environment?: string;
  /** Of an undo: the run that it takes back. */
  undoes?: string;
  /** Only verified identities count. */
  private guarded = false;
  digest = '';
  steps: StepReport[] = [];
  checks: Check[] = [];
  error?: Problem;
  expiresAt?: string;
  /** What is still missing at the gate, in words. */
  needs?: string[];
  /** While an approved run waits for its change window. */
  opensAt?: string;
  view: ProposalView | null = null;
  standing?: Coverage;
  /** Whether any step has something to write. */
  private writes = false;
  /** No further step starts; what runs finishes. */
  paused = false;
  /** Whose approvals count, while it waits. */
  readonly approvedBy: string[] = [];
  private gate?: Gate;
  private waitingFor: string | null = null;
  /** Its client has said at the start what to list it by: only what differs or changes is set. */
  private listed = false;

  constructor(
    readonly runId: string,
    readonly workflowId: string,
  ) {}

  admitted(admitted: Admitted): void {
    this.goal = admitted.run.goal;
    this.environment = admitted.environment;
    this.guarded = admitted.guarded === true;
    this.steps = admitted.steps.map(({ id, kind }) => ({
      id,
      kind,
      status: 'pending',
      rows: { ...NO_ROWS },
    }));
    this.listed = this.wasListed();
    const { typedSearchAttributes: set } = workflowInfo();
    const pairs = [
      ...identity(admitted.run.goal, admitted.warehouse, admitted.owner),
      { key: STATUS, value: this.status },
    ];
    const missing = this.listed ? pairs.filter(({ key, value }) => set.get(key) !== value) : pairs;
    if (missing.length > 0) upsertSearchAttributes(missing);
    this.describe();
  }

  /** An undo that waits for a decision: what it would do, step by step. */
  proposesUndo({ run, document }: LoadedUndo, { digest, view }: Sealed): void {
    Object.assign(this, { goal: run.goal, undoes: run.runId, guarded: true, digest, view });
    if (document.environment !== undefined) this.environment = document.environment;
    this.steps = view.changes.map(({ step, kind, title }) => ({
      ...{ id: step, kind, title, status: 'proposed' },
      rows: { ...NO_ROWS },
    }));
  }

  /** It never became a run; a client may have listed it as one at the start. */
  refused(status: RunStatus): void {
    this.status = status;
    if (this.wasListed()) upsertSearchAttributes([{ key: STATUS, value: status }]);
  }

  become(status: RunStatus, waitingFor: string | null = null): void {
    if (status === this.status) return;
    const left = this.status;
    this.status = status;
    this.waitingFor = waitingFor;
    // What has nothing to write goes on looking until it ends: each event that sets any costs the server as much as an
    // activity's.
    if (this.listed && status === 'applying' && left === 'planning' && !this.writes) return this.describe();
    upsertSearchAttributes([
      { key: STATUS, value: status },
      ...(waitingFor !== null || left === 'waiting' || left === 'held' ? [this.waitsFor()] : []),
      ...this.deadline(left),
      ...(FINAL_STATUSES.has(status) ? [{ key: ROWS, value: this.rowsTouched() }] : []),
    ]);
    this.describe();
  }

  /** Either twice is once. */
  setPaused(paused: boolean): void {
    if (paused === this.paused) return;
    this.paused = paused;
    upsertSearchAttributes([this.waitsFor()]);
    this.describe();
  }

  step(id: string): StepReport {
    return this.steps.find((step) => step.id === id)!;
  }

  proposed(change: ChangeRef): void {
    this.writes ||= !change.noop && change.writes.length > 0;
    Object.assign(this.step(change.step), {
      status: change.noop ? 'skipped' : 'proposed',
      title: change.title,
    });
    this.describe();
  }

  private get nothingNew(): boolean {
    return this.status === 'succeeded' && !this.writes && this.steps.length > 0;
  }

  document(): RunDocument {
    return {
      goal: this.goal,
      runId: this.runId,
      workflowId: this.workflowId,
      status: this.status,
      ...(this.environment === undefined ? {} : { environment: this.environment }),
      digest: this.digest,
      steps: this.steps,
      checks: this.checks,
      ...(this.nothingNew ? { nothingNew: true } : {}),
      ...(this.standing ? { standing: this.standing } : {}),
      ...(this.error ? { error: this.error } : {}),
      ...(this.expiresAt === undefined ? {} : { expiresAt: this.expiresAt }),
      ...(this.paused ? { paused: true } : {}),
      ...(this.needs === undefined ? {} : { needs: this.needs }),
      ...(this.opensAt === undefined ? {} : { opensAt: this.opensAt }),
      ...(this.undoes === undefined ? {} : { undoes: this.undoes }),
    };
  }

  /** What Temporal's UI shows of the run: enough to know what happens and what to do. No command of the history. */
  describe(gate?: Gate): void {
    this.gate = gate ?? this.gate;
    const { taskQueue, typedSearchAttributes } = workflowInfo();
    const schedule = typedSearchAttributes.get(SCHEDULE);
    setCurrentDetails(
      detailsOf({
        document: this.document(),
        view: this.view,
        gate: this.gate,
        approvedBy: this.approvedBy,
        taskQueue,
        guarded: this.guarded,
        ...(schedule === undefined ? {} : { schedule }),
      }),
    );
  }

  /** Before any is set here: whether the client has set them. */
  private wasListed(): boolean {
    return workflowInfo().typedSearchAttributes.get(STATUS) !== undefined;
  }

  private waitsFor(): SearchAttributeUpdatePair {
    return { key: WAITING_FOR, value: this.waitingFor ?? (this.paused ? 'resume' : null) };
  }

  private deadline(left: RunStatus): SearchAttributeUpdatePair[] {
    if (this.status === 'waiting' && this.expiresAt !== undefined) {
      return [{ key: EXPIRES, value: new Date(this.expiresAt) }];
    }
    return left === 'waiting' ? [{ key: EXPIRES, value: null }] : [];
  }

  private rowsTouched(): number {
    return this.steps
      .filter(({ status }) => status === 'applied')
      .reduce((sum, { rows }) => sum + rows.inserted + rows.updated + rows.deleted, 0);
  }
}
