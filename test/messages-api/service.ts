import type Anthropic from '@anthropic-ai/sdk';
import { PromptCache } from './cache';
import type { Fault } from './faults';
import type { Body } from './request';
import { Script, type ScriptLine } from './script';
import { sourceFrom, type Source, type SourceOptions } from './source';
import { ThoughtCalls } from './thinking';

export interface MessagesApiOptions extends SourceOptions {
  /** Default: a free one. */
  port?: number;
  /** Default: 127.0.0.1. */
  host?: string;
  /** The one key that is accepted. Default: `test-key`. */
  apiKey?: string;
  script?: readonly ScriptLine[];
  /** Milliseconds between two events of a stream. */
  paceMs?: number;
  /** The clock of the prompt cache. */
  now?: () => number;
  onRequest?: (request: Arrived) => void;
}

/** A request that arrived, and what became of it. Kept as long as the server runs, whatever becomes of the client. */
export interface Arrived {
  nth: number;
  requestId: string;
  path: string;
  at: Date;
  body: Body;
  /** `answering` until it is one of the others; `cut`: the server closed the socket, `gone`: the client did. */
  outcome: 'answering' | 'answered' | 'refused' | 'cut' | 'gone';
  status?: number;
  fault?: Fault;
  error?: string;
  /** What the model said, whether it reached the client or not. */
  answer?: Anthropic.Message;
}

export interface Counts {
  /** Requests for a message that arrived; counts of tokens are not among them. */
  arrived: number;
  /** The model said something, which is paid for, whether it reached the client or not. */
  paid: number;
  /** Of these, those that were sent to their end. */
  answered: number;
  refused: number;
  /** Requests that asked what had been asked, and paid for, before. */
  repeated: number;
}

/** What a request is handled with. */
export interface Service {
  options: MessagesApiOptions;
  requests: Arrived[];
  script: Script;
  faults: Fault[];
  source: Source;
  cache: PromptCache;
  thought: ThoughtCalls;
  /** Contents of turns that were paused, which may be sent back as the last message. */
  paused: Set<string>;
  ids: { message(): string; tool(): string };
}

let servers = 0;

export function serviceFrom(options: MessagesApiOptions): Service {
  const script = new Script();
  script.set(options.script ?? []);
  // Ids of one server differ from those of another: conversations outlive servers.
  const run = `${process.pid.toString(36)}${(servers += 1).toString(36)}${Date.now().toString(36)}`;
  let ids = 0;
  const next = (kind: string) => `${kind}_${run}${String((ids += 1)).padStart(4, '0')}`;
  return {
    options,
    requests: [],
    script,
    faults: [],
    source: sourceFrom(options, script),
    cache: new PromptCache(options.now ?? Date.now),
    thought: new ThoughtCalls(),
    paused: new Set(),
    ids: { message: () => next('msg'), tool: () => next('toolu') },
  };
}

export function countsOf(requests: readonly Arrived[]): Counts {
  const paid = requests.filter((one) => one.answer !== undefined);
  const asked = paid.map((one) => JSON.stringify({ ...one.body, stream: undefined }));
  return {
    arrived: requests.length,
    paid: paid.length,
    answered: requests.filter((one) => one.outcome === 'answered').length,
    refused: requests.filter((one) => one.outcome === 'refused').length,
    repeated: asked.length - new Set(asked).size,
  };
}
