import { z } from 'zod';
import { nameAsData } from '../mask/names';
import { fitting, LIMITS, type ReadLimits } from './limits';
import { look, withoutItsWords } from './look';
import { assertAffordable, maskedRows, vetQuery } from './query-rows';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  sql: z
    .string()
    .min(1)
    .max(20_000)
    .describe('One SELECT (WITH and VALUES are fine). Tables with their schema.'),
  rows: z.number().int().min(1).max(LIMITS.rows).default(20).describe('Rows to show at most.'),
});

export const runSqlWithin = (limits: ReadLimits): Tool<z.infer<typeof inputSchema>> => ({
  name: 'run_sql',
  description:
    'Runs one SELECT in a read-only transaction and shows its first rows. Numbers are shown as they are, dates by their month, short codes that occur often as they are, any other text only by its shape (AA999), hidden columns not at all. Use it to check keys, counts, ranges, joins and results; writing is not possible here: propose a goal for that.',
  input: inputSchema,
  async run({ sql, rows: limit }, ctx) {
    const content = await look(
      ctx,
      async (session) => {
        const query = await vetQuery(session, ctx, sql);
        assertAffordable(query, ctx);
        const { columns, rows, more, notes } = await maskedRows(
          session,
          query,
          Math.min(limit, limits.rows),
        ).catch((cause: unknown) => {
          throw withoutItsWords(cause);
        });
        return {
          columns: columns.map(({ name, type, showing }) => ({
            name: nameAsData(name),
            type,
            shown: showing,
          })),
          rows,
          more,
          ...(notes.length > 0 ? { notes } : {}),
        };
      },
      limits.timeoutMs,
    );
    return { content: fitting(content, limits.bytes) };
  },
});

export const runSql = runSqlWithin(LIMITS);
