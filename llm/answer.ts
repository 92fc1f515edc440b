import type Anthropic from '@anthropic-ai/sdk';
import { APIConnectionError } from '@anthropic-ai/sdk';
import { isBottomless } from '../schemas/depth';
import type { TokenCounts } from './prices';

/** Under this key the input of a tool call is kept that is not JSON; the model is told so. */
export const NOT_JSON = '__not_json__';

/** Put together from its events, as far as it has come. */
export class AnswerBuilder {
  private message?: Anthropic.Message;
  private readonly inputs = new Map<number, string>();
  private ended = false;
  /** The block that was heard of last. */
  private speaking?: number;

  /** Text for whoever watches. */
  take(event: Anthropic.RawMessageStreamEvent): string {
    switch (event.type) {
      case 'message_start':
        this.message = event.message;
        return '';
      case 'content_block_start':
        this.content()[event.index] = event.content_block;
        return event.content_block.type === 'text' ? this.said(event.index, event.content_block.text) : '';
      case 'content_block_delta':
        return this.delta(event.index, event.delta);
      case 'content_block_stop':
        this.close(event.index);
        return '';
      case 'message_delta':
        this.end(event);
        return '';
      case 'message_stop':
        this.ended = true;
        return '';
    }
  }

  /** The whole answer. Throws what a broken connection throws when the stream ended before it did. */
  whole(): Anthropic.Message {
    if (!this.message || !this.ended || this.message.stop_reason === null)
      throw new APIConnectionError({ message: 'The stream ended before the answer did.' });
    return this.message;
  }

  /** What is known to have been counted so far, also of an answer that broke off. */
  get tokens(): TokenCounts | undefined {
    return this.message && tokensOf(this.message.usage);
  }

  private content(): Anthropic.ContentBlock[] {
    if (!this.message) throw new APIConnectionError({ message: 'The stream begins without a message.' });
    return this.message.content;
  }

  private delta(index: number, delta: Anthropic.RawContentBlockDelta): string {
    const block = this.content()[index];
    if (!block) throw new APIConnectionError({ message: 'The stream adds to a block that was not begun.' });
    if (delta.type === 'text_delta' && block.type === 'text') {
      block.text += delta.text;
      return this.said(index, delta.text);
    }
    if (delta.type === 'citations_delta' && block.type === 'text')
      block.citations = [...(block.citations ?? []), delta.citation];
    if (delta.type === 'thinking_delta' && block.type === 'thinking') {
      block.thinking += delta.thinking;
      return this.said(index, delta.thinking);
    }
    if (delta.type === 'signature_delta' && block.type === 'thinking') block.signature = delta.signature;
    if (delta.type === 'input_json_delta')
      this.inputs.set(index, (this.inputs.get(index) ?? '') + delta.partial_json);
    return '';
  }

  /** Blocks are paragraphs. */
  private said(index: number, text: string): string {
    const { speaking } = this;
    if (text === '') return '';
    this.speaking = index;
    return speaking === undefined || speaking === index ? text : `\n\n${text}`;
  }

  private close(index: number): void {
    const block = this.content()[index];
    const text = this.inputs.get(index);
    if (block?.type !== 'tool_use' || text === undefined || text === '') return;
    block.input = inputOf(text);
  }

  private end({ delta, usage }: Anthropic.RawMessageDeltaEvent): void {
    const { message } = this;
    if (!message) throw new APIConnectionError({ message: 'The stream begins without a message.' });
    // Of a call that was cut off, no more came than this.
    for (const index of this.inputs.keys()) this.close(index);
    message.stop_reason = delta.stop_reason;
    message.stop_sequence = delta.stop_sequence;
    if (delta.stop_details) message.stop_details = delta.stop_details;
    message.usage.output_tokens = usage.output_tokens;
    message.usage.input_tokens = usage.input_tokens ?? message.usage.input_tokens;
    message.usage.cache_creation_input_tokens =
      usage.cache_creation_input_tokens ?? message.usage.cache_creation_input_tokens;
    message.usage.cache_read_input_tokens =
      usage.cache_read_input_tokens ?? message.usage.cache_read_input_tokens;
  }
}

/** An object, which is all that may be sent back; and one that can be stored, which goes through it step by step. */
function inputOf(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBottomless(value)
      ? value
      : { [NOT_JSON]: text };
  } catch {
    return { [NOT_JSON]: text };
  }
}

export function tokensOf(usage: Anthropic.Usage): TokenCounts {
  const written = usage.cache_creation_input_tokens ?? 0;
  const hour = Math.min(usage.cache_creation?.ephemeral_1h_input_tokens ?? 0, written);
  return {
    input: usage.input_tokens,
    cacheWrite5m: written - hour,
    cacheWrite1h: hour,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    output: usage.output_tokens,
  };
}
