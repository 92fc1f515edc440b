/** What passes between the workflows of an ask and their activities, besides calls and tools. Plain types, small JSON. */
import type {
  AgentRef,
  AskRef,
  AskStatus,
  Budget,
  CallInput,
  CallNote,
  CallResult,
  Question,
  ToolEffect,
  ToolResult,
  Usage,
} from './ask';
import type { Problem } from './errors';

/** A specialist is asked; `task` is an artifact with what. */
export interface OpenAgentInput {
  agent: AgentRef;
  task: string;
}

export interface OpenedAgent {
  conversation: string;
  maxCalls: number;
  /** Without tools its text is its typed output. */
  tools: boolean;
}

/** How an agent goes on, in a new execution or after something that only its ask can do. Small, plain JSON. */
export interface AgentState {
  agent: AgentRef;
  conversation: string;
  /** Calls made. */
  nth: number;
  maxCalls: number;
  /** False: without tools, its text is its typed output. */
  tools: boolean;
  purpose: CallInput['purpose'];
  /** Not yet told to the model. */
  results: ToolResult[];
  note?: CallNote;
  /** Rounds of repair so far, and the signatures of their diagnostics. */
  repairs: number;
  signatures: string[];
  longer?: boolean;
  queue?: string;
  historyAtMost?: number;
  /** Of the whole ask, as the last call told. */
  usage?: Usage;
}

/** How an execution of an agent ends; with `needs` and `over_budget` it goes on later, from `state`. */
export type AgentOutcome = { state: AgentState } & (
  | { kind: 'done'; output: string }
  | { kind: 'needs'; needs: AgentNeed[] }
  | { kind: 'over_budget'; limit: OverBudget }
  | { kind: 'declined'; reason: string; missing: string[] }
  | { kind: 'failed'; problem: Problem }
);

/** A tool call that its ask has to answer. */
export interface AgentNeed {
  id: string;
  effect: Extract<ToolEffect, { kind: 'question' | 'consult' | 'rehearse' }>;
}

export type OverBudget = Omit<Extract<CallResult, { kind: 'over_budget' }>, 'kind'>;

/** Where an ask is, for lists and for who watches. */
export interface AskBecame {
  ask: AskRef;
  status: AskStatus;
  agent: string;
  /** What is open. */
  question?: Question;
  overBudget?: OverBudget;
}

/** A person's answer to a question. */
export interface AskAnswer {
  questionId: string;
  text: string;
  by: string;
}

/** More of what an ask may spend, beyond its budgets. */
export interface BudgetGrant extends Budget {
  by: string;
}

/** How an ask ended, as its workflow knows it; the rest is read from what it made. */
export interface FinishAsk {
  ask: AskRef;
  status: AskStatus;
  workflowId: string;
  conversation?: string;
  /** The first agent's typed output, and where it is a goal its rehearsed bundle. */
  output?: string;
  bundle?: string;
  goal?: string;
  questions: Question[];
  repairs: number;
  error?: Problem;
}
