import type Anthropic from '@anthropic-ai/sdk';
import type { Fault } from './faults';
import type { Body } from './request';
import { RAW_INPUT } from './stream';
import { tokensOfBlock } from './tokens';

/** An answer as it is when something went wrong with the model, not with the wire. */
export function spoil(message: Anthropic.Message, fault: Fault): Anthropic.Message {
  switch (fault.name) {
    case 'refusal':
      return {
        ...message,
        content: [],
        stop_reason: 'refusal',
        stop_details: { type: 'refusal', category: 'general_harms', explanation: 'The request was refused.' },
      };
    case 'pause_turn':
      return {
        ...message,
        content: message.content.filter((block) => block.type !== 'tool_use'),
        stop_reason: 'pause_turn',
      };
    case 'max_tokens':
      return cut(message, Math.floor(tokens(message) / 2));
    case 'invalid-json':
      return { ...message, content: message.content.map(withBrokenJson) };
    default:
      return message;
  }
}

/** What the request itself bounds: its stop sequences and `max_tokens`. */
export function limit(message: Anthropic.Message, body: Body): Anthropic.Message {
  const stopped = atStopSequence(message, body.stop_sequences ?? []);
  return tokens(stopped) > body.max_tokens ? cut(stopped, body.max_tokens) : stopped;
}

function tokens(message: Anthropic.Message): number {
  return message.content.reduce((sum, block) => sum + tokensOfBlock(block), 0);
}

/** The first `most` tokens of an answer. Of a block that does not fit whole, a part: of a tool's input, broken JSON. */
function cut(message: Anthropic.Message, most: number): Anthropic.Message {
  const content: Anthropic.ContentBlock[] = [];
  let left = most;
  for (const block of message.content) {
    const size = tokensOfBlock(block);
    if (size <= left) content.push(block);
    else {
      const characters = Math.max(0, (left - 4) * 4);
      if (block.type === 'text' && characters > 0)
        content.push({ ...block, text: [...block.text].slice(0, characters).join('') });
      else if (block.type === 'tool_use') content.push(unfinished(block, characters));
      break;
    }
    left -= size;
  }
  return { ...message, content, stop_reason: 'max_tokens', stop_sequence: null };
}

/** A call whose input was not written to its end: on the stream a part of its JSON, in a plain answer nothing. */
function unfinished(block: Anthropic.ToolUseBlock, characters: number): Anthropic.ToolUseBlock {
  const raw = JSON.stringify(block.input);
  return {
    ...block,
    input: {},
    [RAW_INPUT]: raw.slice(0, Math.min(characters, raw.length - 1)),
  } as typeof block;
}

function withBrokenJson(block: Anthropic.ContentBlock): Anthropic.ContentBlock {
  if (block.type === 'text') return { ...block, text: broken(block.text) };
  if (block.type !== 'tool_use') return block;
  const raw = broken(JSON.stringify(block.input));
  // A plain answer cannot hold broken JSON but as a string.
  return { ...block, input: raw, [RAW_INPUT]: raw } as typeof block;
}

function broken(json: string): string {
  return `${json.slice(0, Math.max(1, Math.floor(json.length * 0.8)))}, oops`;
}

function atStopSequence(message: Anthropic.Message, sequences: string[]): Anthropic.Message {
  for (const [nth, block] of message.content.entries()) {
    if (block.type !== 'text') continue;
    const found = sequences
      .map((sequence) => ({ sequence, at: block.text.indexOf(sequence) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (!found) continue;
    const content = [...message.content.slice(0, nth), { ...block, text: block.text.slice(0, found.at) }];
    return { ...message, content, stop_reason: 'stop_sequence', stop_sequence: found.sequence };
  }
  return message;
}
