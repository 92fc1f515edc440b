import type Anthropic from '@anthropic-ai/sdk';

type Event = Anthropic.RawMessageStreamEvent | { type: 'ping' };

/** Characters of text, JSON or thinking in one delta. */
const PIECE = 48;

/** Tool input that is sent as it stands: how a model's broken JSON travels. */
export const RAW_INPUT = Symbol('raw input');

/** A whole message as the events in which it would have arrived. */
export function eventsOf(message: Anthropic.Message): Event[] {
  const start: Anthropic.Message = {
    ...message,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: {
      ...message.usage,
      output_tokens: Math.min(1, message.usage.output_tokens),
      output_tokens_details: null,
    },
  };
  const { usage } = message;
  return [
    { type: 'message_start', message: start },
    { type: 'ping' },
    ...message.content.flatMap(blockEvents),
    {
      type: 'message_delta',
      delta: {
        container: message.container,
        stop_reason: message.stop_reason,
        stop_sequence: message.stop_sequence,
        stop_details: message.stop_details,
      },
      usage: {
        input_tokens: usage.input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        output_tokens: usage.output_tokens,
        output_tokens_details: usage.output_tokens_details,
        server_tool_use: usage.server_tool_use,
      },
    },
    { type: 'message_stop' },
  ];
}

function blockEvents(block: Anthropic.ContentBlock, index: number): Event[] {
  const [content_block, deltas] = opened(block);
  return [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta): Event => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function opened(block: Anthropic.ContentBlock): [Anthropic.ContentBlock, Anthropic.RawContentBlockDelta[]] {
  switch (block.type) {
    case 'text':
      return [{ ...block, text: '' }, pieces(block.text).map((text) => ({ type: 'text_delta', text }))];
    case 'thinking':
      return [
        { ...block, thinking: '', signature: '' },
        [
          ...pieces(block.thinking).map((thinking) => ({ type: 'thinking_delta' as const, thinking })),
          { type: 'signature_delta', signature: block.signature },
        ],
      ];
    case 'tool_use': {
      const raw = (block as { [RAW_INPUT]?: string })[RAW_INPUT] ?? JSON.stringify(block.input);
      return [
        { ...block, input: {} },
        ['', ...pieces(raw)].map((partial_json) => ({ type: 'input_json_delta', partial_json })),
      ];
    }
    default:
      return [block, []];
  }
}

/** Pieces of a text, none of which ends within a character. */
function pieces(text: string): string[] {
  const characters = [...text];
  const found: string[] = [];
  for (let at = 0; at < characters.length; at += PIECE) found.push(characters.slice(at, at + PIECE).join(''));
  return found;
}

export function sse(event: { type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
