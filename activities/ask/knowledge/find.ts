import { embedMissing, searchKnowledge } from '../../../llm/knowledge';
import { llmOf } from '../../../schemas/llm';
import type { KnowledgeHit } from '../../../store/knowledge/knowledge';
import type { DocumentKind } from '../../../store/knowledge/tables';
import { readCatalogue } from '../catalogue/read';
import { scored } from '../catalogue/score';
import { wordsOf } from '../catalogue/words';
import { nameAsData, pathAsData } from '../mask/names';
import { look } from '../tools/look';
import type { ToolContext } from '../tools/tool';

/** Chunks that are embedded on the way of a search, at most; the rest comes with the next. */
const EMBEDDED_ON_THE_WAY = 128;

/** What fits the words, of what is indexed. Without an answer of the embeddings endpoint: by words alone, and it says so. */
export async function findDocuments(
  ctx: ToolContext,
  words: string,
  limit: number,
  kinds?: readonly DocumentKind[],
): Promise<{ hits: KnowledgeHit[]; note?: string }> {
  const { store, resolveSecret, log } = ctx.services;
  const options = { limit, ...(kinds === undefined ? {} : { kinds }) };
  const embedding = { config: llmOf(ctx.bundle.config).embeddings, resolveSecret, signal: ctx.signal };
  try {
    await embedMissing(store.knowledge, embedding, EMBEDDED_ON_THE_WAY);
    return { hits: await searchKnowledge(store.knowledge, words, options, embedding) };
  } catch (cause) {
    if (ctx.signal.aborted || !embedding.config) throw cause;
    log.warn({ askId: ctx.agent.ask.askId, cause: String(cause) }, 'embeddings could not be had');
    const note = 'The embeddings endpoint did not answer: found by words alone.';
    return { hits: await store.knowledge.search(words, options), note };
  }
}

/** Tables whose comments have the words. The comments themselves are for a reader only. */
export async function findComments(
  ctx: ToolContext,
  words: string,
  limit: number,
): Promise<{ table: string; score: number }[]> {
  const entries = (await look(ctx, readCatalogue)).filter((entry) => entry.words !== '');
  const wanted = new Set(wordsOf(words));
  const bare = entries.map((entry) => ({ ...entry, columns: [], refersTo: [], used: undefined }));
  return scored(bare, [...wanted].join(' '), 0)
    .filter(({ score }) => score > 0)
    .slice(0, limit)
    .map(({ entry, score }) => ({ table: entry.relation, score: Math.round(score * 100) / 100 }));
}

/** A hit as a role with tools is shown it: what it is called and where, not what it says; SQL without literals as it is. */
export function hitAsData({ id, kind, source, title, heading, body, score }: KnowledgeHit): object {
  return {
    id: `knowledge:${id}`,
    kind,
    title: nameAsData(title, 80),
    ...(heading === '' ? {} : { under: nameAsData(heading, 80) }),
    from: pathAsData(kind === 'sql' ? source.replace(/@.*$/, '') : source),
    score,
    ...(kind === 'sql' ? { sql: body.slice(0, 1_500) } : {}),
  };
}
