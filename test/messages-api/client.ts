import Anthropic from '@anthropic-ai/sdk';
import type { MessagesApi } from './server';

/** The real client, as the product makes it: an explicit key, no retries. */
export function clientOf(api: MessagesApi, options: { apiKey?: string } = {}): Anthropic {
  return new Anthropic({
    baseURL: api.url,
    apiKey: options.apiKey ?? api.apiKey,
    maxRetries: 0,
    logLevel: 'off',
  });
}

export const HAIKU = 'claude-haiku-4-5';
export const OPUS = 'claude-opus-5-5';
export const SONNET = 'claude-sonnet-5-5';

/** A request that says one thing, to a model that does not think unless asked. */
export function says(
  text: string,
  more: Partial<Anthropic.MessageCreateParamsNonStreaming> = {},
): Anthropic.MessageCreateParamsNonStreaming {
  return { model: HAIKU, max_tokens: 1_000, messages: [{ role: 'user', content: text }], ...more };
}

export const LOOK: Anthropic.Tool = {
  name: 'look',
  description: 'Looks something up.',
  input_schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
};
