import type Anthropic from '@anthropic-ai/sdk';
import { digestOf } from '../store/digest';

/** A message of a person or of a model. */
export type Turn = Anthropic.UserMessageParam | Anthropic.AssistantMessageParam;

/** One request to a model, as plain JSON. What makes it cheaper (marks of the prompt cache) is added on the way out. */
export interface ModelRequest {
  model: string;
  maxTokens: number;
  system: string;
  tools: { name: string; description: string; input_schema: Anthropic.Tool.InputSchema }[];
  messages: Turn[];
  effort?: 'low' | 'medium' | 'high';
  /** JSON schema that the text of the answer has to match; for calls without tools. */
  format?: Record<string, unknown>;
}

/** What the response cache is keyed by: the same request under the same version of the prompt. */
export function requestKey(request: ModelRequest, prompt: string): string {
  return digestOf({ request, prompt });
}

/** What an answer is stored under, whichever attempt brings it. */
export function callKey(call: {
  askId: string;
  agent: string;
  nth: number;
  conversation: string;
  prompt: string;
  model: string;
}): string {
  return digestOf(call);
}

/** Tokens of a request before anybody has counted: four bytes each, which is high for English and low for JSON. */
export function estimateTokens(request: ModelRequest): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(request)) / 4);
}

/** Models that think by themselves, and can be asked to show a summary. */
const THINKS = /^claude-[a-z]+-5(-|$)/;

const MARK = { cache_control: { type: 'ephemeral' as const } };

/**
 * The parameters of the SDK. Everything that stays the same from call to call is marked for the prompt cache: tools,
 * system prompt, and the conversation up to its last message.
 */
export function paramsOf(request: ModelRequest): Anthropic.MessageCreateParamsStreaming {
  const { model, maxTokens, system, tools, messages, effort, format } = request;
  const last = tools.length - 1;
  return {
    model,
    max_tokens: maxTokens,
    stream: true,
    system: [{ type: 'text', text: system, ...MARK }],
    ...(tools.length === 0
      ? {}
      : { tools: tools.map((tool, nth) => (nth === last ? { ...tool, ...MARK } : tool)) }),
    messages: marked(messages),
    // Whoever watches sees what it is about; without this the words between calls would not come.
    ...(tools.length > 0 && THINKS.test(model)
      ? { thinking: { type: 'adaptive' as const, display: 'summarized' as const } }
      : {}),
    ...(effort === undefined && format === undefined
      ? {}
      : {
          output_config: {
            ...(effort === undefined ? {} : { effort }),
            ...(format === undefined ? {} : { format: { type: 'json_schema' as const, schema: format } }),
          },
        }),
  };
}

/** The last user message's last block gets the mark; what the model has said is sent back as it came. */
function marked(messages: readonly Turn[]): Turn[] {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  return messages.map((message, nth) => {
    if (nth !== at) return message;
    const blocks: Anthropic.ContentBlockParam[] =
      typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
    const last = blocks.length - 1;
    return {
      ...message,
      content: blocks.map((block, index) => (index === last ? { ...block, ...MARK } : block)),
    };
  });
}
