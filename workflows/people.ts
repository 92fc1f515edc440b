import { ApplicationFailure, condition, currentUpdateInfo, setHandler, uuid4 } from '@temporalio/workflow';
import type { AskAnswer, BudgetGrant, OverBudget } from '../schemas/agent';
import type { AskRef, Question, ToolResult } from '../schemas/ask';
import { overBudgetText } from '../schemas/budget-text';
import { ERROR_CODES, type ErrorCode, type Problem } from '../schemas/errors';
import { answerUpdate, budgetUpdate } from './ask-messages';
import type { AskState } from './ask-state';
import { short } from './proxies';

/** How long a question, or an ask without budget, waits for a person. */
const PATIENCE = '7d';

/** What an ask cannot go on without. */
export class AskStopped extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
    this.name = 'AskStopped';
  }
}

/** The people of an ask: whoever answers its questions and grants it budget. */
export class People {
  private readonly answers = new Map<string, string>();
  private readonly answering = new Set<string>();
  private grants = 0;
  private ask?: AskRef;

  constructor(
    private readonly state: AskState,
    private readonly interactive: boolean,
  ) {
    setHandler(answerUpdate, (answer) => this.answer(answer), {
      // Synchronous by contract; what it refuses leaves no trace in the history.
      validator: (answer: AskAnswer) => this.mayAnswer(answer),
    });
    setHandler(budgetUpdate, (grant) => this.grant(grant), {
      validator: (grant: BudgetGrant) => this.mayGrant(grant),
    });
  }

  /** Waits for the answer to a question; the result of the tool call that asked it. */
  async answerTo(ask: AskRef, agent: string, id: string, question: Question): Promise<ToolResult> {
    this.ask = ask;
    const { state } = this;
    state.questions.set(question.id, { question, agent });
    if (!this.interactive) throw new AskStopped(open(question));
    await this.wait({ question, agent }, () => this.answers.has(question.id), open(question));
    return { id, isError: false, result: this.answers.get(question.id)! };
  }

  /** Waits for more budget. Whether it is enough, the next call finds out. */
  async moreBudget(ask: AskRef, agent: string, limit: OverBudget): Promise<void> {
    this.ask = ask;
    const { state } = this;
    if (!this.interactive) throw new AskStopped(exceeded(limit));
    const before = this.grants;
    state.overBudget = limit;
    await this.wait({ overBudget: limit, agent }, () => this.grants > before, exceeded(limit));
  }

  private async wait(
    what: { agent: string; question?: Question; overBudget?: OverBudget },
    until: () => boolean,
    otherwise: Problem,
  ): Promise<void> {
    const { state, ask } = this;
    state.settle();
    await short.askBecame.executeWithOptions({ summary: state.status }, [
      { ask: ask!, status: state.status, ...what },
    ]);
    if (!(await condition(until, PATIENCE))) throw new AskStopped(otherwise);
  }

  private async answer(answer: AskAnswer) {
    const { state } = this;
    const { question, agent } = state.questions.get(answer.questionId)!;
    this.answering.add(answer.questionId);
    const result = await short.answerAsked
      .executeWithOptions({ summary: `answer of ${answer.by}`.slice(0, 200) }, [
        { ask: this.ask!, agent, question, answer },
      ])
      .finally(() => this.answering.delete(answer.questionId));
    this.answers.set(answer.questionId, result);
    state.questions.delete(answer.questionId);
    state.settle();
    return state.document();
  }

  private async grant(grant: BudgetGrant) {
    const { state } = this;
    const id = currentUpdateInfo()?.id ?? uuid4();
    await short.grantBudget.executeWithOptions({ summary: `budget by ${grant.by}`.slice(0, 200) }, [
      { ask: this.ask!, id, grant },
    ]);
    this.grants += 1;
    delete state.overBudget;
    state.settle();
    return state.document();
  }

  private mayAnswer({ questionId, text, by }: AskAnswer): void {
    if (!isText(by)) throw refusal('decision_unidentified', 'The answer does not say by whom it is.');
    if (!isText(text)) throw refusal('usage', 'The answer is empty.');
    if (!this.state.questions.has(questionId) || this.answers.has(questionId))
      throw refusal('not_found', `No question ${questionId} is open.`);
    if (this.answering.has(questionId))
      throw refusal('decision_duplicate', `The question ${questionId} is just being answered.`);
  }

  private mayGrant({ by, tokens, seconds, money }: BudgetGrant): void {
    if (!isText(by)) throw refusal('decision_unidentified', 'The grant does not say by whom it is.');
    const given = [tokens, seconds, money].filter((value) => value !== undefined);
    if (given.length === 0 || given.some((value) => typeof value !== 'number' || !(value > 0)))
      throw refusal('usage', 'A grant is a positive number of tokens, seconds or money.');
    if (!this.state.overBudget) throw refusal('decision_late', 'The ask does not wait for budget.');
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

function open(question: Question): Problem {
  return {
    code: 'question_open',
    message: `A question has to be answered first: ${question.question}`,
    state: 'Nothing was changed.',
    next: 'Ask again with the answer in the words, or on a terminal, where the question is put to you.',
  };
}

function exceeded(limit: OverBudget): Problem {
  return {
    code: 'budget_exceeded',
    message: overBudgetText(limit),
    state: 'Nothing was changed.',
    next:
      limit.of === 'day'
        ? 'Wait until tomorrow (UTC), or raise `llm.budgets.day` in sluice.config.yaml.'
        : 'Raise `llm.budgets.goal` in sluice.config.yaml, or ask for less at once.',
  };
}

/** A plain Error in a validator would fail the task; this one is the update's answer. */
function refusal(code: ErrorCode, message: string): ApplicationFailure {
  const next = 'Look at the open question: `sluice asks`.';
  const problem: Problem = { code, message, state: 'It was not counted.', next };
  const nonRetryable = !ERROR_CODES[code].retryable;
  return ApplicationFailure.create({ type: code, message, nonRetryable, details: [problem] });
}
