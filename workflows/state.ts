import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Admitted, ChangeRef } from '../schemas/life';
import { NO_ROWS, type Check } from '../schemas/change';
import type { Problem } from '../schemas/errors';
import type { Gate, ProposalView, RunDocument, RunStatus, StepReport } from '../schemas/run';

const STATUS = defineSearchAttributeKey('SluiceStatus', SearchAttributeType.KEYWORD);
const GOAL = defineSearchAttributeKey('SluiceGoal', SearchAttributeType.KEYWORD);
const WAREHOUSE = defineSearchAttributeKey('SluiceWarehouse', SearchAttributeType.KEYWORD);
const OWNER = defineSearchAttributeKey('SluiceOwner', SearchAttributeType.KEYWORD);
const WAITING_FOR = defineSearchAttributeKey('SluiceWaitingFor', SearchAttributeType.KEYWORD);

/** A run as its workflow knows it. Plain values only; what the queries answer is made from it. */
export class RunState {
  status: RunStatus = 'planning';
  goal = '';
  digest = '';
  steps: StepReport[] = [];
  checks: Check[] = [];
  error?: Problem;
  expiresAt?: string;
  view: ProposalView | null = null;
  /** Whether any step has something to write. */
  private writes = false;

  constructor(
    readonly runId: string,
    readonly workflowId: string,
  ) {}

  admitted(admitted: Admitted): void {
    this.goal = admitted.run.goal;
    this.steps = admitted.steps.map(({ id, kind }) => ({
      id,
      kind,
      status: 'pending',
      rows: { ...NO_ROWS },
    }));
    upsertSearchAttributes([
      { key: GOAL, value: admitted.run.goal },
      { key: WAREHOUSE, value: admitted.warehouse },
      { key: STATUS, value: this.status },
      ...(admitted.owner === '' ? [] : [{ key: OWNER, value: admitted.owner }]),
    ]);
    this.describe();
  }

  become(status: RunStatus, waitingFor: string | null = null): void {
    if (status === this.status) return;
    const waited = this.status === 'waiting';
    this.status = status;
    upsertSearchAttributes([
      { key: STATUS, value: status },
      ...(waitingFor !== null || waited ? [{ key: WAITING_FOR, value: waitingFor }] : []),
    ]);
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
      digest: this.digest,
      steps: this.steps,
      checks: this.checks,
      ...(this.nothingNew ? { nothingNew: true } : {}),
      ...(this.error ? { error: this.error } : {}),
      ...(this.expiresAt === undefined ? {} : { expiresAt: this.expiresAt }),
    };
  }

  /** What Temporal's UI shows of the run while it lives: enough to know what happens and what to do. */
  describe(gate?: Gate): void {
    const lines = [
      `**${this.goal || this.runId}** is **${this.status}**${this.nothingNew ? ': nothing new' : ''}`,
    ];
    for (const step of this.steps)
      lines.push(`- \`${step.id}\` (${step.kind}): ${step.status}${step.title ? `, ${step.title}` : ''}`);
    if (gate && this.status === 'waiting') {
      lines.push(
        '',
        `Waits for ${gate.approvers} approver(s): ${gate.reason}.`,
        `Digest \`${this.digest}\`, until ${this.expiresAt}.`,
      );
      lines.push('', `\`sluice approve ${this.runId}\` or \`sluice reject ${this.runId}\``);
    }
    if (this.error) lines.push('', `**${this.error.code}**: ${this.error.message}`, '', this.error.next);
    setCurrentDetails(lines.join('\n'));
  }
}
