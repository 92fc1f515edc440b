import { createHash } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';
import canonicalize from 'canonicalize';

export type Body = Anthropic.MessageCreateParams;

/** A request as scripts look at it. */
export interface RequestView {
  body: Body;
  model: string;
  /** The whole system prompt as one text. */
  system: string;
  /** Texts of the last user turn, without its tool results. */
  text: string;
  /** Texts of all user turns. */
  words: string;
  /** Names of the tools offered. */
  tools: string[];
  /** Results in the last user turn, with the name of the tool that was called. */
  results: ToolResult[];
  /** How many assistant turns there were: 0 for the first call of a conversation. Equal for a repeated call. */
  turn: number;
}

export interface ToolResult {
  id: string;
  name: string;
  text: string;
  isError: boolean;
}

export function viewOf(body: Body): RequestView {
  const users = body.messages.filter((message) => message.role === 'user');
  const last = body.messages.at(-1);
  const names = new Map(
    body.messages
      .flatMap((message) => blocksOf(message.content))
      .flatMap((block) => (block.type === 'tool_use' ? [[block.id, block.name] as const] : [])),
  );
  return {
    body,
    model: body.model,
    system: textOf(body.system ?? ''),
    text: last?.role === 'user' ? textOf(last.content) : '',
    words: users.map((message) => textOf(message.content)).join('\n\n'),
    tools: (body.tools ?? []).map((tool) => ('name' in tool ? tool.name : tool.type)),
    results: (last?.role === 'user' ? blocksOf(last.content) : []).flatMap((block) =>
      block.type === 'tool_result'
        ? [
            {
              id: block.tool_use_id,
              name: names.get(block.tool_use_id) ?? '',
              text: textOf((block.content ?? '') as string | Anthropic.ContentBlockParam[]),
              isError: block.is_error ?? false,
            },
          ]
        : [],
    ),
    turn: body.messages.filter((message) => message.role === 'assistant').length,
  };
}

export function blocksOf(
  content: string | readonly Anthropic.ContentBlockParam[],
): Anthropic.ContentBlockParam[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : [...content];
}

function textOf(content: string | readonly Anthropic.ContentBlockParam[]): string {
  return blocksOf(content)
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n');
}

/**
 * The same for requests that ask the same: without how the answer is to travel (`stream`), who asks (`metadata`) and
 * marks of the cache; keys in one order.
 */
export function canonicalRequest(body: Body): string {
  const { stream: _, metadata: __, ...rest } = body;
  return canonicalize(withoutMarks(rest))!;
}

export function requestHash(body: Body): string {
  return createHash('sha256').update(canonicalRequest(body)).digest('hex');
}

/** A copy without `cache_control`, at any depth. */
export function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'cache_control')
      .map(([key, entry]) => [key, withoutMarks(entry)]),
  );
}
