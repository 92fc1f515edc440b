import { z } from 'zod';
import { readCatalogue } from '../catalogue/read';
import { scored } from '../catalogue/score';
import { nameAsData } from '../mask/names';
import { fitting } from './limits';
import { look } from './look';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  words: z
    .string()
    .max(2_000)
    .default('')
    .describe('What is looked for, in plain words or names; empty: everything.'),
  schema: z.string().max(63).optional().describe('Only in this schema.'),
  limit: z.number().int().min(1).max(100).default(20),
});

const KINDS: Record<string, string> = { v: 'view', m: 'materialized view', f: 'foreign table' };

export const searchCatalogue: Tool<z.infer<typeof inputSchema>> = {
  name: 'search_catalogue',
  description:
    'Finds tables and views of the warehouse by their names, columns and comments, best first, with those next to them by foreign key. Use it when the structure you were given does not have what the words are about.',
  input: inputSchema,
  async run({ words, schema, limit }, ctx) {
    const entries = await look(ctx, readCatalogue);
    const inside =
      schema === undefined ? entries : entries.filter(({ relation }) => relation.startsWith(`${schema}.`));
    const found = scored(inside, words, Date.now()).filter(
      ({ score }) => words.trim() === '' || score >= 0.6,
    );
    const shown = found.slice(0, limit).map(({ entry, columns }) => ({
      table: nameAsData(entry.relation, 130),
      ...(KINDS[entry.kind] ? { kind: KINDS[entry.kind] } : {}),
      ...(entry.rows === undefined ? {} : { estimated_rows: entry.rows }),
      columns: (columns.length > 0 ? columns : entry.columns).slice(0, 30).map((name) => nameAsData(name)),
      ...(columns.length > 0 ? { matching_of: entry.columns.length } : {}),
    }));
    return {
      content: fitting({
        found: found.length,
        of: inside.length,
        tables: shown,
        ...(found.length > shown.length
          ? { next: 'Say it with other words, or name a schema, to see others.' }
          : {}),
      }),
    };
  },
};
