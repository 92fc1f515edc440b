/** What differs between models, as far as this server shows it. */
export interface ModelFacts {
  /** `always`: cannot be turned off. `default`: off with `{type: 'between_tools'}`. `asked`: only with `thinking`. */
  thinking: 'always' | 'default' | 'asked';
  /** Accepts `tool_choice` any and tool. */
  forcedToolChoice: boolean;
  /** Accepts a request that ends with words put into the assistant's mouth. */
  prefill: boolean;
  /** Tokens below which a prefix is not cached. */
  cacheMinimum: number;
  maxOutput: number;
  contextWindow: number;
}

const NEWER: ModelFacts = {
  thinking: 'always',
  forcedToolChoice: false,
  prefill: false,
  cacheMinimum: 512,
  maxOutput: 128_000,
  contextWindow: 1_000_000,
};
const OLDER: ModelFacts = {
  thinking: 'asked',
  forcedToolChoice: true,
  prefill: false,
  cacheMinimum: 1_024,
  maxOutput: 64_000,
  contextWindow: 200_000,
};

/** The models of the service that this server knows; of sizes that are not published, a small one. */
export const MODELS: Readonly<Record<string, ModelFacts>> = {
  'claude-opus-5-5': NEWER,
  'claude-sonnet-5-5': { ...NEWER, thinking: 'default' },
  'claude-haiku-5-5': { ...OLDER, thinking: 'default', cacheMinimum: 512 },
  'claude-fable-5-2': NEWER,
  'claude-fable-5-1': NEWER,
  'claude-opus-5': { ...OLDER, thinking: 'default', contextWindow: 1_000_000, maxOutput: 128_000 },
  'claude-sonnet-5': { ...OLDER, contextWindow: 1_000_000 },
  'claude-opus-4-8': OLDER,
  'claude-sonnet-4-6': OLDER,
  'claude-haiku-4-5': { ...OLDER, prefill: true, cacheMinimum: 2_048 },
};

/** Whether a request to this model is answered with thinking. */
export function thinks(facts: ModelFacts, thinking: { type: string } | undefined): boolean {
  if (facts.thinking === 'always') return true;
  if (thinking === undefined) return facts.thinking === 'default';
  return thinking.type === 'adaptive' || thinking.type === 'enabled';
}
