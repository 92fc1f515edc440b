import { createHmac } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';
import canonicalize from 'canonicalize';
import { invalid } from './errors';
import { blocksOf, withoutMarks, type Body } from './request';

/** Not a secret: answers that were recorded yesterday must be good today. */
const KEY = 'sluice test server';

/**
 * A thinking block's signature says which model thought what after which words. Altered, sent to another model, or put
 * into another conversation it does not match.
 */
export function sign(model: string, before: readonly Anthropic.MessageParam[], thinking: string): string {
  const prefix = before.map(({ role, content }) => [role, blocksOf(content).map(essence)]);
  const mac = createHmac('sha256', KEY)
    .update(canonicalize([prefix, thinking])!)
    .digest('base64');
  return `${model}.${mac}`;
}

/** What a block says, without what a client may add or leave out. */
function essence(block: Anthropic.ContentBlockParam): unknown {
  if (block.type === 'thinking') return ['thinking', block.signature];
  if (block.type === 'tool_use') return ['tool_use', block.id, block.name, block.input];
  if (block.type === 'text') return ['text', block.text];
  return withoutMarks(block);
}

/** Refuses thinking blocks that did not come from here as they are. */
export function checkThinking({ model, messages }: Body): void {
  messages.forEach((message, at) => {
    if (message.role !== 'assistant') return;
    blocksOf(message.content).forEach((block, nth) => {
      if (block.type !== 'thinking') return;
      const where = `messages.${at}.content.${nth}`;
      if (block.signature === sign(model, messages.slice(0, at), block.thinking)) return;
      const of = block.signature.split('.')[0]!;
      throw invalid(
        of !== model && of.startsWith('claude-')
          ? `${where}: this \`thinking\` block was made by ${of}; it cannot be sent to ${model}`
          : `${where}: \`thinking\` blocks must be sent back as they were in the original response, after the same messages`,
      );
    });
  });
}

/** Remembers which calls came with thinking, to see that it was not dropped on the way back. */
export class ThoughtCalls {
  private readonly signatures = new Map<string, string>();

  remember(message: Anthropic.Message): void {
    const thought = message.content.find((block) => block.type === 'thinking');
    if (!thought) return;
    for (const block of message.content)
      if (block.type === 'tool_use') this.signatures.set(block.id, thought.signature);
  }

  /** The turn whose tool results are sent must have its thinking with it. */
  check({ messages }: Body): void {
    const at = messages.findLastIndex((message) => message.role === 'assistant');
    if (at < 0) return;
    const blocks = blocksOf(messages[at]!.content);
    for (const block of blocks) {
      const signature = block.type === 'tool_use' ? this.signatures.get(block.id) : undefined;
      if (signature === undefined) continue;
      if (!blocks.some((one) => one.type === 'thinking' && one.signature === signature))
        throw invalid(
          `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${blocks[0]!.type}\`. ` +
            'An `assistant` message whose `tool_use` is answered must have the thinking block that came with it.',
        );
    }
  }
}
