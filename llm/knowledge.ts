import type { ResolveSecret } from '../governance/secrets';
import type { Knowledge, KnowledgeHit, SearchOptions } from '../store/knowledge/knowledge';
import { embed, type EmbeddingsConfig } from './embeddings';

/** What asks for embeddings; absent configuration: nobody does. */
export interface Embedding {
  config: EmbeddingsConfig | undefined;
  resolveSecret: ResolveSecret;
  signal?: AbortSignal;
}

/** Embeds chunks that are not yet, `most` at most. Returns how many. */
export async function embedMissing(
  knowledge: Knowledge,
  { config, resolveSecret, signal }: Embedding,
  most: number,
): Promise<number> {
  if (!config) return 0;
  const missing = await knowledge.withoutEmbedding(config.model, most);
  if (missing.length === 0) return 0;
  const texts = missing.map(({ text }) => text);
  const vectors = await embed(config, texts, resolveSecret, signal);
  await knowledge.embed(
    config.model,
    missing.map(({ id }, at) => ({ id, values: vectors[at]! })),
  );
  return missing.length;
}

/** By words, and by meaning where an embeddings endpoint is configured. Throws what `embed` throws. */
export async function searchKnowledge(
  knowledge: Knowledge,
  words: string,
  options: Omit<SearchOptions, 'vector'>,
  { config, resolveSecret, signal }: Embedding,
): Promise<KnowledgeHit[]> {
  if (!config) return knowledge.search(words, options);
  const [values] = await embed(config, [words], resolveSecret, signal);
  return knowledge.search(words, { ...options, vector: { model: config.model, values: values! } });
}
