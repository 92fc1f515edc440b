import type Anthropic from '@anthropic-ai/sdk';
import { invalid } from '../errors';

type Block = Record<string, unknown> & { type?: string };
interface Turn {
  at: number;
  role: string;
  blocks: Block[];
}

/** Keys that a block of this kind may have; kinds that are not listed are not looked into. */
const BLOCK_KEYS: Record<string, readonly string[]> = {
  text: ['type', 'text', 'cache_control', 'citations'],
  thinking: ['type', 'thinking', 'signature'],
  redacted_thinking: ['type', 'data'],
  tool_use: ['type', 'id', 'name', 'input', 'cache_control', 'caller', 'toolset_name'],
  tool_result: ['type', 'tool_use_id', 'content', 'is_error', 'cache_control', 'toolset_name'],
};
const OF_ROLE: Record<string, readonly string[]> = {
  user: ['text', 'image', 'document', 'search_result', 'tool_result', 'container_upload'],
  assistant: ['text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use'],
  system: ['text'],
};

/** The shape of a conversation: roles, blocks, and that every call has its result right after it. */
export function checkTurns(messages: unknown, given: { tools: boolean }): void {
  if (messages === undefined) throw invalid('messages: Field required');
  if (!Array.isArray(messages)) throw invalid('messages: Input should be a valid list');
  if (messages.length === 0) throw invalid('messages: at least one message is required');
  const turns = messages.map((message, at) => turnOf(message as Anthropic.MessageParam, at, messages.length));
  if (turns[0]!.role !== 'user') throw invalid('messages: first message must use the "user" role');
  checkPairs(merged(turns), given.tools);
}

function turnOf(message: Anthropic.MessageParam, at: number, count: number): Turn {
  const where = `messages.${at}`;
  if (typeof message !== 'object' || message === null) throw invalid(`${where}: Input should be an object`);
  const { role, content, ...rest } = message as unknown as Record<string, unknown>;
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) throw invalid(`${where}.${extra}: Extra inputs are not permitted`);
  if (typeof role !== 'string' || !(role in OF_ROLE))
    throw invalid(`${where}.role: Input should be 'user', 'assistant' or 'system'`);
  if (content === undefined) throw invalid(`${where}.content: Field required`);
  if (typeof content !== 'string' && !Array.isArray(content))
    throw invalid(`${where}.content: Input should be a valid string or list`);
  const blocks: Block[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : (content as Block[]);
  const last = at === count - 1;
  if (blocks.length === 0 || content === '') {
    if (last && role === 'assistant') return { at, role, blocks: [] };
    throw invalid(
      `${where}: all messages must have non-empty content except for the optional final assistant message`,
    );
  }
  blocks.forEach((block, nth) => checkBlock(block, role, `${where}.content.${nth}`));
  const end = blocks.at(-1)!;
  if (last && role === 'assistant' && end.type === 'text' && /\s$/.test(end.text as string))
    throw invalid(`${where}: final assistant content cannot end with trailing whitespace`);
  return { at, role, blocks };
}

function checkBlock(block: Block, role: string, where: string): void {
  const { type } = block;
  if (typeof type !== 'string' || !OF_ROLE[role]!.includes(type))
    throw invalid(
      `${where}: a block of type \`${String(type)}\` is not allowed in a message of role \`${role}\``,
    );
  const extra = BLOCK_KEYS[type] && Object.keys(block).find((key) => !BLOCK_KEYS[type]!.includes(key));
  if (extra !== undefined) throw invalid(`${where}.${type}.${extra}: Extra inputs are not permitted`);
  if (type === 'text' && (typeof block.text !== 'string' || block.text.trim() === ''))
    throw invalid(`${where}: text content blocks must contain non-whitespace text`);
  if (type === 'thinking' && (typeof block.signature !== 'string' || typeof block.thinking !== 'string'))
    throw invalid(`${where}.thinking.signature: Field required`);
  if (type === 'tool_use' && (typeof block.input !== 'object' || block.input === null))
    throw invalid(`${where}.tool_use.input: Input should be a valid dictionary`);
  if (type === 'tool_use' && (typeof block.id !== 'string' || !/^[a-zA-Z0-9_-]+$/.test(block.id)))
    throw invalid(`${where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  if (type === 'tool_result' && typeof block.tool_use_id !== 'string')
    throw invalid(`${where}.tool_result.tool_use_id: Field required`);
}

/** Turns of one role that follow each other are one turn; system messages stand between them without counting. */
function merged(turns: Turn[]): Turn[] {
  const found: Turn[] = [];
  for (const turn of turns) {
    if (turn.role === 'system') continue;
    const before = found.at(-1);
    if (before?.role === turn.role) before.blocks = [...before.blocks, ...turn.blocks];
    else found.push({ ...turn });
  }
  return found;
}

function checkPairs(turns: Turn[], tools: boolean): void {
  const seen = new Set<string>();
  turns.forEach((turn, nth) => {
    const where = `messages.${turn.at}`;
    if (!tools && turn.blocks.some(({ type }) => type === 'tool_use' || type === 'tool_result'))
      throw invalid('Requests which include `tool_use` or `tool_result` blocks must define tools');
    const calls = ids(turn, 'tool_use', 'id');
    for (const id of calls) {
      if (seen.has(id)) throw invalid(`${where}: \`tool_use\` ids must be unique`);
      seen.add(id);
    }
    const next = turns[nth + 1];
    const results = next ? ids({ ...next, blocks: leading(next.blocks) }, 'tool_result', 'tool_use_id') : [];
    const open = calls.filter((id) => !results.includes(id));
    if (open.length > 0)
      throw invalid(
        `${where}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. ` +
          'Each `tool_use` block must have a corresponding `tool_result` block in the next message.',
      );

    const before = turns[nth - 1];
    const asked = before ? ids(before, 'tool_use', 'id') : [];
    const given = ids(turn, 'tool_result', 'tool_use_id');
    const stray = given.find((id) => !asked.includes(id));
    if (stray !== undefined)
      throw invalid(
        `${where}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. ` +
          'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
      );
    if (new Set(given).size < given.length)
      throw invalid(`${where}.content: each tool_use must have a single result`);
  });
}

const ids = (turn: Turn, type: string, key: string): string[] =>
  turn.blocks.filter((block) => block.type === type).map((block) => String(block[key]));

/** Results come first in their turn. */
function leading(blocks: Block[]): Block[] {
  const end = blocks.findIndex(({ type }) => type !== 'tool_result');
  return end < 0 ? blocks : blocks.slice(0, end);
}
