import type Anthropic from '@anthropic-ai/sdk';
import { drafts, type Answer, type BlockDraft } from './answer';
import type { InputUsage } from './cache';
import type { Fault } from './faults';
import { thinks, type ModelFacts } from './models';
import type { Body } from './request';
import { limit, spoil } from './spoil';
import { sign } from './thinking';
import { tokensOfBlock } from './tokens';

export interface Ids {
  message(): string;
  tool(): string;
}

/** A whole message, every key of it, from what an answer says and the request it answers. */
export function complete(
  answer: Answer,
  body: Body,
  facts: ModelFacts,
  usage: InputUsage,
  ids: Ids,
  fault: Fault | undefined,
): Anthropic.Message {
  const thinking = thinks(facts, body.thinking) && !isForced(body);
  const whole = thinking ? withThinking(answer, body) : drafts(answer);
  const content = whole.map((draft) => blockOf(draft, body, ids));
  const called = content.some((block) => block.type === 'tool_use');
  const message: Anthropic.Message = {
    id: ids.message(),
    type: 'message',
    role: 'assistant',
    model: body.model,
    content,
    container: null,
    diagnostics: null,
    stop_details: answer.stop_details ?? null,
    stop_reason: answer.stop_reason ?? (called ? 'tool_use' : 'end_turn'),
    stop_sequence: answer.stop_sequence ?? null,
    usage: {
      ...usage,
      output_tokens: 0,
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: 'standard',
      inference_geo: null,
      speed: null,
    },
  };
  const spoiled = fault ? spoil(message, fault) : message;
  return counted(limit(spoiled, body), answer);
}

function isForced(body: Body): boolean {
  return body.tool_choice?.type === 'any' || body.tool_choice?.type === 'tool';
}

/**
 * Models that think begin with it. Words between tool calls come inside it on these models, and unless the request asks
 * to see them (`display: 'summarized'`) the block is empty but for its signature.
 */
function withThinking(answer: Answer, body: Body): BlockDraft[] {
  const blocks = drafts(answer);
  if (blocks.some((block) => block.type === 'thinking') && answer.thinking === undefined) return blocks;
  const said = answer.content ?? [];
  const between = (answer.tool !== undefined || answer.tools?.length) && answer.text !== undefined;
  const words = [
    answer.thinking ?? 'What was asked, and what to do next.',
    ...(between ? [answer.text!] : []),
  ];
  const rest = blocks.filter(
    (block) => block.type !== 'thinking' && !(between && block.type === 'text' && !said.includes(block)),
  );
  const display = body.thinking && 'display' in body.thinking ? body.thinking.display : undefined;
  return [{ type: 'thinking', thinking: display === 'summarized' ? words.join('\n\n') : '' }, ...rest];
}

function blockOf(draft: BlockDraft, body: Body, ids: Ids): Anthropic.ContentBlock {
  if (draft.type === 'text') return { citations: null, ...draft } as Anthropic.TextBlock;
  if (draft.type === 'thinking') {
    const thinking = (draft as { thinking?: string }).thinking ?? '';
    const signature = sign(body.model, body.messages, thinking);
    return { type: 'thinking', thinking, signature };
  }
  if (draft.type === 'tool_use') {
    const { id, name, input } = draft as { id?: string; name: string; input?: unknown };
    return { type: 'tool_use', id: id ?? ids.tool(), name, input: input ?? {}, caller: { type: 'direct' } };
  }
  return draft as unknown as Anthropic.ContentBlock;
}

/** Output tokens by the same rule as input; a usage that the answer states itself has the last word. */
function counted(message: Anthropic.Message, answer: Answer): Anthropic.Message {
  const thought = message.content.filter((block) => block.type === 'thinking');
  const sum = (blocks: Anthropic.ContentBlock[]) =>
    blocks.reduce((total, block) => total + tokensOfBlock(block), 0);
  return {
    ...message,
    usage: {
      ...message.usage,
      output_tokens: Math.max(1, sum(message.content)),
      output_tokens_details: thought.length > 0 ? { thinking_tokens: sum(thought) } : null,
      ...answer.usage,
    },
  };
}
