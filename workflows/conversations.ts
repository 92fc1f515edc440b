import { ChildWorkflowFailure, executeChild, isCancellation } from '@temporalio/workflow';
import type { AgentNeed, AgentOutcome, AgentState } from '../schemas/agent';
import type { AdmittedAsk, AgentRef, ToolEffect, ToolResult } from '../schemas/ask';
import { ERROR_CODES, type Problem } from '../schemas/errors';
import type { RunRequest } from '../schemas/life';
import { agent } from './agent';
import { goal } from './goal';
import type { AskState } from './ask-state';
import { AskStopped, type People } from './people';
import { problemFrom } from './problem';
import { looking } from './proxies';

/** What the first agent made. */
interface Made {
  output: string;
  bundle?: string;
  goal?: string;
}

/** How an ask ends. */
export type End =
  { kind: 'answered'; made: Made } | { kind: 'declined' | 'failed' | 'cancelled'; problem: Problem };

type Final = { kind: 'made'; made: Made } | Extract<AgentOutcome, { kind: 'declined' | 'failed' }>;

type Effect<Kind extends ToolEffect['kind']> = Extract<ToolEffect, { kind: Kind }>;

/** The agents of one ask: each is a child workflow, started again after what it needs from its ask. */
export class Conversations {
  private readonly named = new Map<string, number>();
  private executions = 0;
  private rehearsals = 0;

  constructor(
    private readonly admitted: AdmittedAsk,
    private readonly state: AskState,
    private readonly people: People,
  ) {}

  /** From the first agent's first message to the end of the ask. */
  async first(): Promise<End> {
    const { ask, role, conversation, maxCalls } = this.admitted;
    const purpose = role === 'recovery' ? 'recover' : 'plan';
    const begun = this.begin({ ask, agent: this.nameOf(role), role }, conversation, maxCalls, true, purpose);
    try {
      const final = await this.through(begun);
      if (final.kind === 'made') return { kind: 'answered', made: final.made };
      if (final.kind === 'failed') return { kind: 'failed', problem: final.problem };
      return { kind: 'declined', problem: declined(final.reason, final.missing) };
    } catch (cause) {
      if (cause instanceof AskStopped) return { kind: 'failed', problem: cause.problem };
      throw cause;
    }
  }

  private begin(
    ref: AgentRef,
    conversation: string,
    maxCalls: number,
    tools: boolean,
    purpose: AgentState['purpose'],
  ): AgentState {
    const { queue, historyAtMost } = this.admitted;
    return {
      agent: ref,
      conversation,
      nth: 0,
      maxCalls,
      tools,
      purpose,
      results: [],
      repairs: 0,
      signatures: [],
      ...(queue === undefined ? {} : { queue }),
      ...(historyAtMost === undefined ? {} : { historyAtMost }),
    };
  }

  /** Runs an agent, and does what it needs, until it is over. */
  private async through(begun: AgentState): Promise<Final> {
    let state = begun;
    let counted = 0;
    for (;;) {
      const outcome = await this.execute(state);
      state = outcome.state;
      this.state.repairs += state.repairs - counted;
      counted = state.repairs;
      if (state.usage) this.state.spent(state.usage);
      if (state.agent.agent === this.admitted.role) this.state.conversation = state.conversation;
      switch (outcome.kind) {
        case 'done':
          return { kind: 'made', made: { output: outcome.output } };
        case 'declined':
        case 'failed':
          return outcome;
        case 'over_budget':
          await this.people.moreBudget(state.agent.ask, state.agent.agent, outcome.limit);
          break;
        case 'needs': {
          const met = await Promise.all(outcome.needs.map((need) => this.meet(state.agent, need)));
          const over = met.find((each): each is Final => 'kind' in each);
          if (over) return over;
          state = { ...state, results: [...state.results, ...(met as ToolResult[])] };
        }
      }
    }
  }

  private execute(state: AgentState): Promise<AgentOutcome> {
    const { askId } = state.agent.ask;
    const nth = ++this.executions;
    return executeChild(agent, {
      workflowId: `${askId}.${state.agent.agent}.${nth}`,
      args: [state],
      staticSummary: `${state.agent.agent} of ${askId}`.slice(0, 200),
    });
  }

  /** A tool's result, or the end of the agent that called it. */
  private meet(ref: AgentRef, { id, effect }: AgentNeed): Promise<ToolResult | Final> {
    switch (effect.kind) {
      case 'question':
        return this.people.answerTo(ref.ask, ref.agent, id, effect.question);
      case 'consult':
        return this.consult(ref, id, effect);
      case 'rehearse':
        return this.rehearse(ref, id, effect);
    }
  }

  /** What a specialist hands in is the result; that it could not is one too. */
  private async consult(ref: AgentRef, id: string, effect: Effect<'consult'>): Promise<ToolResult> {
    const { role, task } = effect;
    const specialist: AgentRef = { ask: ref.ask, agent: this.nameOf(role), role };
    const opened = await looking.openAgent.executeWithOptions({ summary: specialist.agent }, [
      { agent: specialist, task },
    ]);
    const { conversation, maxCalls, tools } = opened;
    const final = await this.through(
      this.begin(specialist, conversation, maxCalls, tools, tools ? 'consult' : 'extract'),
    );
    if (final.kind === 'made') return { id, isError: false, result: final.made.output };
    if (final.kind === 'declined') {
      const text = `${specialist.agent} declined: ${final.reason} ${final.missing.join('; ')}`.trim();
      return { id, isError: true, text };
    }
    // What ends every call of the ask ends the ask.
    if (!isTheirs(final.problem)) throw new AskStopped(final.problem);
    return { id, isError: true, text: `${specialist.agent} came to nothing: ${final.problem.message}` };
  }

  /** The goal's own plan, with the same activities as any: what it proposes is proven on a shadow before anybody is asked. */
  private async rehearse(ref: AgentRef, id: string, effect: Effect<'rehearse'>): Promise<ToolResult | Final> {
    const { bundle, goal: name, output } = effect;
    const { askId, by } = ref.ask;
    const runId = `${name}-${askId}-${++this.rehearsals}`;
    const request: RunRequest = { sluice: 'run', runId, bundle, mode: 'plan', by };
    try {
      await executeChild(goal, {
        workflowId: runId,
        args: [request],
        staticSummary: `plan ${name}: for ${askId}`.slice(0, 200),
        memo: { mode: 'plan' },
      });
    } catch (cause) {
      if (isCancellation(cause) || !(cause instanceof ChildWorkflowFailure)) throw cause;
      const problem = problemFrom(cause);
      if (!isOfTheDocument(problem)) throw new AskStopped(problem);
      return { id, isError: true, text: told(problem), repair: repairOf(problem) };
    }
    return { kind: 'made', made: { output, bundle, goal: name } };
  }

  /** `planner`, `transformation`, `transformation-2`. */
  private nameOf(role: string): string {
    const nth = (this.named.get(role) ?? 0) + 1;
    this.named.set(role, nth);
    return nth === 1 && role === this.admitted.role ? role : `${role}-${nth}`;
  }
}

/** Whether the agent, and not the service behind it, is to blame. */
function isTheirs({ code }: Problem): boolean {
  return code === 'ask_failed' || code === 'ask_declined';
}

/** Whether another document may pass where this one failed: the world was there, and said no. */
function isOfTheDocument({ code }: Problem): boolean {
  const { retryable, exit } = ERROR_CODES[code];
  return !retryable && exit !== 6 && exit !== 5 && code !== 'cancelled';
}

/** What the rehearsal found, for the model: the problem as it is, which holds no values of rows. */
function told({ code, message, step, place, faults, next }: Problem): string {
  return JSON.stringify({
    accepted: false,
    rehearsal: 'failed',
    error: { code, message, step, place, faults, next },
    next: 'Correct it and hand in the whole document again.',
  });
}

function repairOf({ code, message, step, faults = [] }: Problem) {
  const path = step === undefined ? '' : `steps.${step}`;
  const all = faults.length > 0 ? faults : [{ path, message }];
  const signature = JSON.stringify([code, step, all.map((fault) => [fault.path, fault.message])]);
  return { signature, faults: all };
}

function declined(reason: string, missing: readonly string[]): Problem {
  return {
    code: 'ask_declined',
    message: reason,
    state: 'Nothing was changed.',
    next:
      missing.length > 0 ? `Missing: ${missing.join('; ')}.` : 'Ask for something else, or say it otherwise.',
  };
}
