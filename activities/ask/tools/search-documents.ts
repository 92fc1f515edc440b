import { z } from 'zod';
import { DOCUMENT_KINDS } from '../../../store/knowledge/tables';
import { findComments, findDocuments, hitAsData } from '../knowledge/find';
import { refreshKnowledge } from '../knowledge/refresh';
import { memoryAsData } from '../knowledge/memory';
import { nameAsData } from '../mask/names';
import { fitting } from './limits';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  words: z.string().min(1).max(2_000).describe('What you want to know, in plain words.'),
  kinds: z.array(z.enum(DOCUMENT_KINDS)).min(1).optional().describe('Only these kinds; default: all.'),
  limit: z.number().int().min(1).max(20).default(8),
});

/**
 * Documents are text that nobody vouches for: who has tools is told which there are, and has the role `reader`, which has
 * none, read them. SQL of past goals is shown as it is, without its literals.
 */
export const searchDocuments: Tool<z.infer<typeof inputSchema>> = {
  name: 'search_documents',
  description:
    'Finds what is known beyond the structure: runbooks, naming standards, SLAs, dbt docs, comments of tables, SQL of past goals, past decisions with their reasons. You get titles, ids and scores; SQL of past goals without literals. To know what a document says, consult the role reader with `material: { documents: [ids] }` and your question. Cite what you used by its id.',
  input: inputSchema,
  async run({ words, kinds, limit }, ctx) {
    ctx.heartbeat();
    await refreshKnowledge(ctx.services, () => ctx.heartbeat());
    const { hits, note } = await findDocuments(ctx, words, limit, kinds);
    const comments = kinds === undefined ? await findComments(ctx, words, 5) : [];
    const relations = [...new Set(words.match(/[A-Za-z_][\w$]*\.[A-Za-z_][\w$]*/g))];
    const { owner } = ctx.bundle.goal;
    const memories = await ctx.services.store.memory.related({
      relations,
      ...(owner ? { owner } : {}),
      limit: 5,
    });
    const content = {
      documents: hits.map(hitAsData),
      comments: comments.map(({ table, score }) => ({
        id: `comment:${nameAsData(table, 130)}`,
        kind: 'comment',
        table: nameAsData(table, 130),
        score,
      })),
      decisions: memories.map(memoryAsData),
      ...(note === undefined ? {} : { note }),
    };
    return { content: fitting(content) };
  },
};
