/**
 * From plain words to a goal document. Plain types: workflows use them, so nothing here is zod.
 *
 * An *ask* is one request in plain words and what comes of it; an *agent* is one conversation of one role with a model;
 * the first agent of an ask is the planner, others are specialists it consults.
 */
import type { Fault, Problem } from './errors';

/** `asking`: a question is open. `over_budget`: it waits for more budget. The last four are ends. */
export const ASK_STATUSES = [
  'thinking',
  'asking',
  'over_budget',
  'answered',
  'declined',
  'failed',
  'cancelled',
] as const;
export type AskStatus = (typeof ASK_STATUSES)[number];
export const FINAL_ASK_STATUSES: ReadonlySet<AskStatus> = new Set([
  'answered',
  'declined',
  'failed',
  'cancelled',
]);

export interface Budget {
  seconds?: number;
  tokens?: number;
  money?: number;
}

export interface Usage {
  /** Calls that were answered by the model; not those that were answered from the cache. */
  calls: number;
  cached: number;
  inputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  money: number;
  /** By the clock, while it worked or waited for the service: retries included, waiting for a person not. */
  seconds: number;
}

/** How a client starts the `ask` workflow. What is big, or a person's words, is in the store. */
export interface AskRequest {
  sluice: 'ask';
  askId: string;
  /** Artifact {@link AskInput}. */
  input: string;
  by: string;
  /** False: a question ends the ask (exit 3). */
  interactive: boolean;
  /** The goal that comes of it is started: it waits at its gate. For asks that nobody sits in front of. */
  apply?: boolean;
}

/** What an ask is about; an artifact. The words are scrubbed of secrets before they are stored. */
export interface AskInput {
  text: string;
  /** Of a chat that goes on: the ask before, whose conversation is continued. */
  previous?: string;
  /** Of a run that failed and is to be recovered: the recovery specialist is asked instead of the planner. */
  recovers?: { runId: string; attempt: number };
  /** The head of a goal document with `ask:`: what it fixes (goal, owner, warehouse, params, schedule …) is not the model's. */
  head?: Record<string, unknown>;
  /** Configuration, root of files, policy, environment: a Bundle without a goal (activities/ask/bundle.ts). */
  bundle: string;
  budget?: Budget;
}

/** What every activity of an ask is told. */
export interface AskRef {
  askId: string;
  input: string;
  by: string;
}

/** One conversation: which ask, which role, and a name that is unique in the ask (`planner`, `transformation-2`). */
export interface AgentRef {
  ask: AskRef;
  agent: string;
  role: string;
}

/** An artifact: hashes of the messages, oldest first; each message is an artifact of its own. */
export interface Conversation {
  role: string;
  model: string;
  /** Hash of the system prompt and tools, so that a changed role file is seen. */
  prompt: string;
  messages: string[];
}

export interface AdmittedAsk {
  ask: AskRef;
  /** Role of the first agent. */
  role: string;
  /** Its first conversation (artifact {@link Conversation}). */
  conversation: string;
  /** Model calls of the first agent at most. */
  maxCalls: number;
  warehouse: string;
  /** Where calls of a model go; absent: to the ask's own queue. */
  queue?: string;
  /** Events of an agent's history after which it goes on in a new one, where not Temporal's own suggestion decides. */
  historyAtMost?: number;
}

export interface CallInput {
  agent: AgentRef;
  conversation: string;
  /** Which call of this agent, from 1: with the conversation's hash the key under which its answer is stored. */
  nth: number;
  purpose: 'plan' | 'repair' | 'consult' | 'extract' | 'recover';
  /** Of the tools that the last answer called: they are the next user message. */
  results?: ToolResult[];
  /** What else it is told: that it has to call a tool, or what is wrong with its typed output. */
  note?: CallNote;
  /** After failures with the small model. */
  escalate?: boolean;
  /** The answer was cut off at the usual limit. */
  longer?: boolean;
}

/** The answer to a tool call: an artifact with its text, or the text itself where it is short. */
export interface ToolResult {
  id: string;
  isError: boolean;
  result?: string;
  text?: string;
  /** It sends a document back with diagnostics: a round of repair, with their signature. */
  repair?: Repair;
}

export interface Repair {
  signature: string;
  faults: Fault[];
}

export type CallNote = { kind: 'nudge' } | { kind: 'faults'; faults: Fault[] };

/** What the workflow needs of an answer; the answer itself is in the conversation. */
export type CallResult =
  | {
      kind: 'answer';
      conversation: string;
      stop:
        | 'end_turn'
        | 'tool_use'
        | 'max_tokens'
        | 'refusal'
        | 'pause_turn'
        | 'context_window'
        | 'stop_sequence';
      /** In the order they were called. */
      tools: { id: string; name: string }[];
      /** Of the whole ask so far. */
      usage: Usage;
      /** Why it refuses, when it does and says so. */
      refusal?: string;
      /** Of this agent's role typed output, when `stop` is end_turn and it validated; else its faults. */
      output?: string;
      faults?: Fault[];
    }
  | {
      kind: 'over_budget';
      limit: 'seconds' | 'tokens' | 'money';
      of: 'goal' | 'day';
      spent: number;
      budget: number;
    };

export interface ToolInput {
  agent: AgentRef;
  conversation: string;
  id: string;
  name: string;
}

/** What came of a tool call. `result` is an artifact: the text of the tool_result. */
export interface ToolDone {
  id: string;
  result: string;
  isError: boolean;
  /** What it asks the workflow to do. */
  effect?: ToolEffect;
}

export type ToolEffect =
  /** The agent's typed output (artifact), valid against its role's schema and vetted: the agent is done. */
  | { kind: 'output'; output: string }
  /** A vetted goal: its bundle (artifact) is to be rehearsed before the agent is done. */
  | { kind: 'rehearse'; bundle: string; goal: string; output: string }
  /** A person has to answer. */
  | { kind: 'question'; question: Question }
  /** A specialist has to be asked; `task` is an artifact with its words. */
  | { kind: 'consult'; role: string; task: string }
  /** It cannot or must not be done. */
  | { kind: 'decline'; reason: string; missing: string[] }
  /** The document failed; `signature` is equal for equal diagnostics. Counts as a round of repair. */
  | { kind: 'repair'; signature: string; faults: Fault[] };

export interface Question {
  id: string;
  question: string;
  /** Why it matters and cannot be looked up. */
  why: string;
  options?: string[];
  /** What would be assumed without an answer. */
  default?: string;
}

/** Something the document would do that the words did not ask for: shown at the gate with its reason. */
export interface Beyond {
  /** What kind of thing: `relation`, `connection`, `destructive`, `schedule`, `grant`, `step`, `destination`. */
  what: string;
  name: string;
  step?: string;
  reason: string;
}

/** Where a statement of the proposal comes from. */
export interface Citation {
  /** `knowledge:ID`, `memory:ID`, `table:raw.flights`, `run:ID`. */
  source: string;
  title: string;
  /** What it was used for. */
  why: string;
}

/** The planner's typed output: a goal document and what it rests on. */
export interface Planned {
  document: Record<string, unknown>;
  assumptions: string[];
  /** That do not block. */
  questions: string[];
  explanation: string;
  citations: Citation[];
}

/** What travels with a bundle whose goal came from plain words; shown at its gate. */
export interface Asked {
  askId: string;
  text: string;
  by: string;
  assumptions: string[];
  questions: string[];
  explanation: string;
  citations: Citation[];
  beyond: Beyond[];
  /** Of a recovery: the run, its root cause with the evidence, and the change to its goal as a unified diff. */
  recovers?: { runId: string; attempt?: number; cause: string; evidence: string[]; diff: string };
}

/** `ask --json`, and what the query `status` of the `ask` workflow answers. */
export interface AskDocument {
  askId: string;
  workflowId: string;
  status: AskStatus;
  by: string;
  /** A plain answer, where no change was asked for. */
  answer?: string;
  goal?: string;
  /** The document it made; absent until there is one. */
  document?: Record<string, unknown>;
  /** Artifact: the checked goal with all that travels with a run (its `asked` included). */
  bundle?: string;
  assumptions: string[];
  questions: Question[];
  beyond: Beyond[];
  citations: Citation[];
  explanation?: string;
  /** How often a document went back with diagnostics. */
  repairs: number;
  usage: Usage;
  error?: Problem;
  next?: string;
}

/** One line of progress, as the store keeps it (table ask_event) and the CLI shows it. */
export interface AskEvent {
  askId: string;
  /** From 1, without gaps. */
  seq: number;
  agent: string;
  kind: 'call' | 'text' | 'tool' | 'tool_done' | 'repair' | 'question' | 'answer' | 'budget' | 'end';
  /** Streamed text of the model, or a line of narration. No row values, no secrets. */
  text: string;
  at: string;
}
