import type Anthropic from '@anthropic-ai/sdk';
import type { Turn } from '../../../llm/request';
import type { CallInput, CallNote, Conversation, ToolResult } from '../../../schemas/ask';
import type { Fault } from '../../../schemas/errors';
import type { Artifacts } from '../../../store/artifacts';
import { clipped } from './clip';

/** Messages do not change either. */
const turns = new Map<string, Turn>();

async function turnOf(artifacts: Artifacts, hash: string): Promise<Turn> {
  const kept = turns.get(hash);
  if (kept) return kept;
  const turn = await artifacts.getJson<Turn>(hash);
  turns.set(hash, turn);
  if (turns.size > 500) turns.delete(turns.keys().next().value!);
  return turn;
}

export function turnsOf(artifacts: Artifacts, conversation: Conversation): Promise<Turn[]> {
  return Promise.all(conversation.messages.map((hash) => turnOf(artifacts, hash)));
}

/** Stores the conversation with one more message; returns its hash and itself. */
export async function appended(
  artifacts: Artifacts,
  conversation: Conversation,
  turn: Turn,
): Promise<{ hash: string; conversation: Conversation }> {
  const message = await artifacts.putJson('ask_message', turn);
  const longer = { ...conversation, messages: [...conversation.messages, message] };
  return { hash: await artifacts.putJson('ask_conversation', longer), conversation: longer };
}

/** What the next user message says: the results of all tools that were called, and a note. `undefined`: nothing. */
export async function toldBy(
  artifacts: Artifacts,
  { results = [], note }: Pick<CallInput, 'results' | 'note'>,
  closing: readonly string[],
): Promise<Turn | undefined> {
  if (results.length === 0 && !note) return undefined;
  const blocks = await Promise.all(results.map((result) => resultBlock(artifacts, result)));
  return {
    role: 'user',
    content: [...blocks, ...(note ? [{ type: 'text' as const, text: noteText(note, closing) }] : [])],
  };
}

async function resultBlock(
  artifacts: Artifacts,
  { id, isError, result, text }: ToolResult,
): Promise<Anthropic.ToolResultBlockParam> {
  const content = text ?? (result === undefined ? '' : (await artifacts.get(result)).toString('utf8'));
  return { type: 'tool_result', tool_use_id: id, content: clipped(content), is_error: isError };
}

function noteText(note: CallNote, closing: readonly string[]): string {
  if (note.kind === 'faults') return faultsText(note.faults);
  return `You answered in prose, which nobody reads. End with a call of one of your tools: ${closing.join(', ')}.`;
}

export function faultsText(faults: readonly Fault[]): string {
  const lines = faults.map(({ path, message }) => `- ${path === '' ? 'the whole' : path}: ${message}`);
  return `Your answer does not match what was asked for:\n${lines.join('\n')}\nAnswer again, with the whole of it.`;
}

/** Calls of the last message that nobody has answered: of a conversation that ended with one. */
export function unanswered(conversation: readonly Turn[]): Anthropic.ToolUseBlockParam[] {
  const last = conversation.at(-1);
  if (last?.role !== 'assistant' || typeof last.content === 'string') return [];
  return last.content.filter((block) => block.type === 'tool_use');
}
