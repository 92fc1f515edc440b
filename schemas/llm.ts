import { z } from 'zod';
import { secretRefSchema } from './secret-ref';

/** US dollars per million tokens. Cache prices follow from `input` where they are not given. */
export const priceSchema = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  /** Default 1.25 × input. */
  cacheWrite5m: z.number().min(0).optional(),
  /** Default 2 × input. */
  cacheWrite1h: z.number().min(0).optional(),
  /** Default 0.1 × input. */
  cacheRead: z.number().min(0).optional(),
  /** All prices times `factor` for a prompt of more than `tokens`. */
  long: z.strictObject({ tokens: z.number().int().min(1), factor: z.number().min(1) }).optional(),
});

/** What may be spent; whichever is used up first counts. */
export const budgetSchema = z.strictObject({
  /** By the clock: of calls, the waits between their attempts, tools and rehearsals; waiting for a person does not count. */
  seconds: z.number().min(1).optional(),
  /** Input (cached or not) and output together. */
  tokens: z.number().int().min(1).optional(),
  /** US dollars. */
  money: z.number().min(0).optional(),
});

/** `llm:` of sluice.config.yaml: the model that `sluice ask` works with. */
export const llmSchema = z.strictObject({
  apiKey: secretRefSchema.default('secret://ANTHROPIC_API_KEY'),
  /** Default: ANTHROPIC_BASE_URL of the worker, else the service itself. */
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  models: z
    .strictObject({
      /** Planning, SQL, recovery. */
      large: z.string().min(1).default('claude-opus-5-5'),
      /** Extraction and classification. */
      small: z.string().min(1).default('claude-haiku-5-5'),
    })
    .prefault({}),
  /** Laid over the built-in table (llm/prices.ts); a model without a price is booked at the dearest one's. */
  prices: z.record(z.string(), priceSchema).default({}),
  budgets: z
    .strictObject({
      /** For one ask, its specialists and repairs included. */
      goal: budgetSchema.default({ seconds: 900, tokens: 400_000 }),
      /** For all asks of a day (UTC). */
      day: budgetSchema.omit({ seconds: true }).default({}),
    })
    .prefault({}),
  /** How long an answer to the very same request is used again; 0: never. */
  cacheHours: z
    .number()
    .min(0)
    .max(24 * 30)
    .default(24),
  /** Tokens of the warehouse's structure that a prompt may hold; what matters is selected, what is left out is said. */
  schemaTokens: z.number().int().min(500).default(20_000),
  recovery: z
    .strictObject({
      /** How often a failed run is looked at by itself and a new version proposed; 0: only when asked. */
      attempts: z.number().int().min(0).max(5).default(0),
    })
    .prefault({}),
  /** An OpenAI-shaped `/embeddings` endpoint; absent: search by words alone. */
  embeddings: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      model: z.string().min(1),
      apiKey: secretRefSchema.optional(),
      dimensions: z.number().int().min(8).max(4_096),
    })
    .optional(),
  /** What a vetted query may cost at most, by the planner's own estimate. */
  limits: z
    .strictObject({
      /** Rows that any node of the plan is estimated to give. */
      planRows: z.number().min(1).default(50_000_000),
    })
    .prefault({}),
});

export type LlmConfig = z.infer<typeof llmSchema>;
export type Price = z.infer<typeof priceSchema>;

/** The configuration with its defaults, also of bundles from before there was a model. */
export function llmOf(config: { llm?: LlmConfig }): LlmConfig {
  return config.llm ?? llmSchema.parse({});
}
