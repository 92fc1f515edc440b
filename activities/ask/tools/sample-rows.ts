import { z } from 'zod';
import { fail } from '../../../schemas/errors';
import { relationSchema } from '../../../schemas/goal';
import { quoteIdent } from '../../../sql/quote';
import { codesOf, sampled } from '../mask/codes';
import type { MaskedColumn } from '../mask/columns';
import { nameAsData } from '../mask/names';
import { FETCHED, masked, showingOf, type ShownColumn } from '../mask/shown';
import { fitting, LIMITS } from './limits';
import { assertOwnRows, look, relationNamed, withoutItsWords } from './look';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  table: relationSchema.describe('A table or view: schema.name'),
  columns: z.array(z.string().min(1).max(63)).min(1).max(LIMITS.columns).optional().describe('Default: all.'),
  rows: z.number().int().min(1).max(20).default(5),
});

export const sampleRows: Tool<z.infer<typeof inputSchema>> = {
  name: 'sample_rows',
  description:
    'Shows a few rows of a table or view, masked: numbers as they are, dates by their month, short codes as they are, any other text by its shape (AA999), hidden columns not at all. Use it to see how values are built before writing SQL over them.',
  input: inputSchema,
  async run({ table, columns: wanted, rows: limit }, ctx) {
    const content = await look(ctx, async (session) => {
      const relation = await relationNamed(session, ctx, table);
      assertOwnRows(relation);
      const columns = chosen(relation.columns, wanted).slice(0, LIMITS.columns);
      const codes = await codesOf(session, relation, columns);
      const shown = columns.map((column): ShownColumn => {
        const { name, type, kind, sensitive } = column;
        const known = codes.get(name);
        if (sensitive) return { name, type, showing: 'hidden' };
        return known
          ? { name, type, showing: 'codes', codes: new Set(known.map(({ value }) => value)) }
          : { name, type, showing: showingOf(kind) };
      });
      // A hidden value is not even fetched.
      const fetched = shown.map(({ name, showing }, at) => {
        const column = quoteIdent(name);
        return showing === 'hidden'
          ? `case when ${column} is not null then '' end as c${at}, 0 as n${at}`
          : `left(${column}::text, ${FETCHED}) as c${at}, length(${column}::text) as n${at}`;
      });
      const found = await session
        .query<Record<string, string | number | null>>(
          `select ${fetched.join(', ')} from ${sampled(relation, limit * 200)} limit ${limit}`,
        )
        .catch((cause: unknown) => {
          throw withoutItsWords(cause);
        });
      return {
        table: nameAsData(relation.relation, 130),
        columns: shown.map(({ name, type, showing }) => ({ name: nameAsData(name), type, shown: showing })),
        rows: found.map((row) =>
          shown.map((column, at) =>
            masked(row[`c${at}`] as string | null, Number(row[`n${at}`] ?? 0), column),
          ),
        ),
        ...(relation.columns.length > columns.length
          ? { other_columns: relation.columns.length - columns.length }
          : {}),
      };
    });
    return { content: fitting(content) };
  },
};

/** Throws `not_found` for a column that is not there. */
export function chosen(
  columns: readonly MaskedColumn[],
  wanted: readonly string[] | undefined,
): MaskedColumn[] {
  if (wanted === undefined) return [...columns];
  return wanted.map((name) => {
    const found = columns.find((column) => column.name === name);
    if (found) return found;
    throw fail('not_found', `There is no column "${name}".`, {
      next: `It has: ${columns
        .slice(0, 50)
        .map((column) => nameAsData(column.name))
        .join(', ')}.`,
    });
  });
}
