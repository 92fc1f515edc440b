import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { OverBudget } from '../schemas/agent';
import type { AdmittedAsk, AskDocument, AskRequest, AskStatus, Question, Usage } from '../schemas/ask';
import type { Problem } from '../schemas/errors';
import { askDetails } from './ask-details';
import { STATUS, WAITING_FOR, WAREHOUSE } from './attributes';

const NO_USAGE: Usage = {
  calls: 0,
  cached: 0,
  inputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  money: 0,
  seconds: 0,
};

/** An ask as its workflow knows it: plain values. */
export class AskState {
  status: AskStatus = 'thinking';
  usage: Usage = NO_USAGE;
  /** Of all its agents together. */
  repairs = 0;
  error?: Problem;
  /** Open ones, with the agent that asks. */
  readonly questions = new Map<string, { question: Question; agent: string }>();
  /** While it waits for more budget. */
  overBudget?: OverBudget;
  /** Of the first agent. */
  conversation?: string;
  private done?: AskDocument;

  constructor(
    readonly request: AskRequest,
    readonly workflowId: string,
  ) {
    this.describe();
  }

  admitted({ warehouse }: AdmittedAsk): void {
    upsertSearchAttributes([
      { key: STATUS, value: this.status },
      { key: WAREHOUSE, value: warehouse },
    ]);
  }

  become(status: AskStatus, error?: Problem): void {
    if (error) this.error = error;
    if (status !== this.status) {
      this.status = status;
      const waits = status === 'asking' ? 'answer' : status === 'over_budget' ? 'budget' : null;
      upsertSearchAttributes([
        { key: STATUS, value: status },
        { key: WAITING_FOR, value: waits },
      ]);
    }
    this.describe();
  }

  /** What it waits for, from what is open. */
  settle(): void {
    this.become(this.overBudget ? 'over_budget' : this.questions.size > 0 ? 'asking' : 'thinking');
  }

  /** What it has used so far; of agents that work at once, what was said last may come first. */
  spent(usage: Usage): void {
    if (usage.calls + usage.cached < this.usage.calls + this.usage.cached) return;
    this.usage = usage;
    this.describe();
  }

  ended(document: AskDocument): void {
    this.done = document;
    this.describe();
  }

  document(): AskDocument {
    if (this.done) return this.done;
    const { request, workflowId, status, questions, repairs, usage, error } = this;
    return {
      askId: request.askId,
      workflowId,
      status,
      by: request.by,
      assumptions: [],
      questions: [...questions.values()].map(({ question }) => question),
      beyond: [],
      citations: [],
      repairs,
      usage,
      ...(error ? { error, next: error.next } : {}),
    };
  }

  private describe(): void {
    setCurrentDetails(askDetails(this.document(), this.overBudget));
  }
}
