import { fail } from '../../../schemas/errors';
import { normaliseRelation } from '../../../sql/quote';
import { look } from '../tools/look';
import type { ToolContext } from '../tools/tool';

/** A text for a role without tools, with the id by which it is cited. */
export interface Material {
  source: string;
  text: string;
}

/** Characters of all texts together. */
const LONGEST = 40_000;

/** The texts of ids that `search_documents` gave: `knowledge:12`, `comment:raw.flights`. Throws `not_found`. */
export async function documentsOf(ids: readonly string[], ctx: ToolContext): Promise<Material[]> {
  const found: Material[] = [];
  let left = LONGEST;
  for (const id of ids) {
    const text = await textOf(id, ctx);
    found.push({ source: id, text: text.slice(0, Math.max(0, left)) });
    left -= text.length;
  }
  return found;
}

async function textOf(id: string, ctx: ToolContext): Promise<string> {
  const [, kind, name] = /^(knowledge|comment):(.+)$/s.exec(id) ?? [];
  if (kind === 'knowledge' && /^\d{1,15}$/.test(name!)) {
    const [chunk] = await ctx.services.store.knowledge.chunks([Number(name)]);
    if (chunk) return [chunk.title, chunk.heading, chunk.body].filter(Boolean).join('\n');
  }
  if (kind === 'comment') {
    const text = await commentsOf(normaliseRelation(name!), ctx);
    if (text !== '') return text;
  }
  throw fail('not_found', 'There is no document of that id.', { next: 'search_documents gives ids.' });
}

function commentsOf(relation: string, ctx: ToolContext): Promise<string> {
  return look(ctx, async (session) => {
    const rows = await session.query<{ name: string | null; description: string }>(
      `select a.attname::text as name, d.description
         from pg_description d join pg_class c on c.oid = d.objoid join pg_namespace n on n.oid = c.relnamespace
         left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
        where d.classoid = 'pg_class'::regclass and n.nspname || '.' || c.relname = $1 order by d.objsubid`,
      [relation],
    );
    return rows.map(({ name, description }) => `${name ?? relation}: ${description}`).join('\n');
  });
}
