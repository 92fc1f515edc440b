import { rememberSecret } from '../governance/redact';
import type { ResolveSecret } from '../governance/secrets';
import { fail } from '../schemas/errors';
import type { LlmConfig } from '../schemas/llm';

export type EmbeddingsConfig = NonNullable<LlmConfig['embeddings']>;

/** Texts of one request, characters of one text, milliseconds for an answer. */
const AT_ONCE = 64;
const LONGEST = 8_000;
const TIMEOUT_MS = 30_000;

/**
 * Vectors of texts, in their order, from an endpoint of the form that OpenAI's has. Throws `service_unreachable`,
 * `llm_limited`, `llm_request_refused`; never with the text or the key in it.
 */
export async function embed(
  config: EmbeddingsConfig,
  texts: readonly string[],
  resolveSecret: ResolveSecret,
  signal?: AbortSignal,
): Promise<number[][]> {
  const key = config.apiKey === undefined ? undefined : await resolveSecret(config.apiKey);
  if (key !== undefined) rememberSecret(key);
  const vectors: number[][] = [];
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    const input = texts.slice(from, from + AT_ONCE).map((text) => text.slice(0, LONGEST));
    vectors.push(...(await request(config, input, key, signal)));
  }
  return vectors;
}

async function request(
  config: EmbeddingsConfig,
  input: readonly string[],
  key: string | undefined,
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const url = /\/embeddings\/?$/.test(config.url)
    ? config.url
    : `${config.url.replace(/\/+$/, '')}/embeddings`;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, {
    method: 'POST',
    // The key goes to the host that the configuration names and to no other.
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify({
      model: config.model,
      input,
      dimensions: config.dimensions,
      encoding_format: 'float',
    }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  }).catch((cause: unknown) => {
    if (signal?.aborted)
      throw fail('cancelled', 'Asking for embeddings was cancelled.', { next: 'Nothing.', cause });
    throw fail('service_unreachable', `The embeddings endpoint at ${new URL(url).host} does not answer.`, {
      next: 'Check llm.embeddings.url; without embeddings documents are found by their words.',
      place: 'llm.embeddings.url',
      cause,
    });
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw fail(
      response.status === 429 || response.status >= 500 ? 'llm_limited' : 'llm_request_refused',
      `The embeddings endpoint answered with ${response.status}.`,
      {
        next: 'Check llm.embeddings: url, model, apiKey, dimensions.',
        place: 'llm.embeddings',
      },
    );
  }
  return vectorsIn(await response.json().catch(() => undefined), input.length, config);
}

/** Throws `llm_request_refused` for an answer of another form. */
function vectorsIn(answer: unknown, count: number, { dimensions }: EmbeddingsConfig): number[][] {
  const data = (answer as { data?: unknown } | undefined)?.data;
  const list = Array.isArray(data) ? (data as { index?: unknown; embedding?: unknown }[]) : [];
  const vectors = list
    .map((item, at) => ({ at: typeof item.index === 'number' ? item.index : at, vector: item.embedding }))
    .sort((a, b) => a.at - b.at)
    .map(({ vector }) => vector);
  const whole = (vector: unknown): vector is number[] =>
    Array.isArray(vector) && vector.length === dimensions && vector.every((value) => Number.isFinite(value));
  if (vectors.length === count && vectors.every(whole)) return vectors;
  throw fail(
    'llm_request_refused',
    `The embeddings endpoint did not answer with ${count} vectors of ${dimensions} numbers.`,
    {
      next: 'Set llm.embeddings.dimensions to what the model gives.',
      place: 'llm.embeddings.dimensions',
    },
  );
}
