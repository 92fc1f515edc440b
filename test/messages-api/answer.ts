import type Anthropic from '@anthropic-ai/sdk';
import type { FaultSpec } from './faults';

export interface ToolCall {
  name: string;
  input: unknown;
  /** Default: made up. */
  id?: string;
}

/** A block as an answer may give it: what is made up elsewhere (ids, citations, signatures) may be left out. */
export type BlockDraft =
  | { type: 'text'; text: string; citations?: null }
  | { type: 'thinking'; thinking: string; signature?: string }
  | { type: 'tool_use'; name: string; input: unknown; id?: string; caller?: unknown }
  | { type: string; [key: string]: unknown };

/**
 * What the model says, in short or in full. Several keys together make several blocks, in this order: thinking, text,
 * tools. A whole `Message` is an answer too.
 */
export interface Answer {
  thinking?: string;
  text?: string;
  /** Text that is this value as JSON: an answer to `output_config.format`. */
  json?: unknown;
  /** One call, with `input`. */
  tool?: string;
  input?: unknown;
  tools?: ToolCall[];
  content?: BlockDraft[];
  stop_reason?: Anthropic.StopReason | null;
  stop_sequence?: string | null;
  stop_details?: Anthropic.RefusalStopDetails | null;
  usage?: Partial<Anthropic.Usage>;
  /** An error of the API instead of an answer. */
  error?: { status: number; type: string; message?: string; code?: string; retryAfter?: number };
  /** What goes wrong with this answer. */
  fault?: FaultSpec;
  /** Of a whole message; not looked at. */
  id?: string;
  type?: string;
  role?: string;
  model?: string;
}

/** The blocks of an answer. */
export function drafts(answer: Answer): BlockDraft[] {
  const blocks: BlockDraft[] = [];
  if (answer.thinking !== undefined) blocks.push({ type: 'thinking', thinking: answer.thinking });
  if (answer.text !== undefined) blocks.push({ type: 'text', text: answer.text });
  if (answer.json !== undefined) blocks.push({ type: 'text', text: JSON.stringify(answer.json) });
  if (answer.tool !== undefined)
    blocks.push({ type: 'tool_use', name: answer.tool, input: answer.input ?? {} });
  for (const call of answer.tools ?? []) blocks.push({ type: 'tool_use', ...call });
  return [...blocks, ...(answer.content ?? [])];
}

const KEYS: ReadonlySet<string> = new Set([
  ...['thinking', 'text', 'json', 'tool', 'input', 'tools', 'content', 'stop_reason', 'stop_sequence'],
  ...['stop_details', 'usage', 'error', 'fault', 'id', 'type', 'role', 'model', 'container', 'diagnostics'],
]);

/** What is wrong with an answer that a person or a program wrote; `undefined` when nothing is. */
export function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'an answer is a JSON object';
  const answer = value as Record<string, unknown>;
  const unknown = Object.keys(answer).filter((key) => !KEYS.has(key));
  if (unknown.length > 0) return `unknown key ${unknown.join(', ')}; an answer has ${[...KEYS].join(', ')}`;
  if (answer.content !== undefined && !Array.isArray(answer.content)) return '`content` is a list of blocks';
  if (answer.text !== undefined && typeof answer.text !== 'string') return '`text` is a string';
  if (answer.tool !== undefined && typeof answer.tool !== 'string') return '`tool` is the name of a tool';
  if (answer.error !== undefined) {
    const { status, type } = answer.error as Record<string, unknown>;
    if (typeof status !== 'number' || typeof type !== 'string') return '`error` has a `status` and a `type`';
  } else if (drafts(answer).length === 0 && !answer.stop_reason && !answer.fault)
    return 'an answer says something: text, json, tool, tools, content, error or fault';
  return undefined;
}
