import type { Citation } from '../../../schemas/ask';
import { readCatalogue } from '../catalogue/read';
import { scored } from '../catalogue/score';
import { nameAsData } from '../mask/names';
import { look } from '../tools/look';
import type { ToolContext } from '../tools/tool';
import { findDocuments, hitAsData } from './find';
import { memoryAsData } from './memory';
import { refreshKnowledge } from './refresh';

const DOCUMENTS = 5;
const SQL = 3;
const MEMORIES = 8;
/** Relations that the words mean, by whose decisions are looked for. */
const RELATIONS = 8;

/**
 * What of knowledge and memory bears on an ask, for its first message: lines of JSON, and the sources by which a proposal
 * can cite them. Titles of documents, SQL of past goals without literals, decisions with their reasons. Empty: nothing.
 */
export async function knowledgeFor(
  ctx: ToolContext,
  words: string,
): Promise<{ text: string; citations: Citation[] }> {
  const { store } = ctx.services;
  await refreshKnowledge(ctx.services, () => ctx.heartbeat());
  const { hits } = await findDocuments(ctx, words, DOCUMENTS, [
    'document',
    'runbook',
    'naming',
    'sla',
    'dbt',
  ]);
  const past = await store.knowledge.search(words, { limit: SQL, kinds: ['sql'] });
  const meant = scored(await look(ctx, readCatalogue), words, Date.now()).slice(0, RELATIONS);
  const { owner, goal } = ctx.bundle.goal;
  const memories = await store.memory.related({
    relations: meant.filter(({ score }) => score >= 1).map(({ entry }) => entry.relation),
    ...(owner === undefined ? {} : { owner }),
    ...(goal ? { goal } : {}),
    limit: MEMORIES,
  });
  const documents = [...hits, ...past];
  const lines = [...documents.map(hitAsData), ...memories.map(memoryAsData)].map((item) =>
    JSON.stringify(item),
  );
  return {
    text: lines.join('\n'),
    citations: [
      ...documents.map(({ id, title }) => ({
        source: `knowledge:${id}`,
        title: nameAsData(title, 80),
        why: '',
      })),
      ...memories.map(({ id, kind, goal: about }) => ({
        source: `memory:${id}`,
        title: `${kind}: ${nameAsData(about)}`,
        why: '',
      })),
    ],
  };
}
