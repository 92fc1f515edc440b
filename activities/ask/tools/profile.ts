import { z } from 'zod';
import { relationSchema } from '../../../schemas/goal';
import { quoteIdent } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { codesOf, sampled, type Code } from '../mask/codes';
import type { MaskedColumn, MaskedRelation } from '../mask/columns';
import { nameAsData } from '../mask/names';
import { FETCHED, masked } from '../mask/shown';
import { fitting, LIMITS } from './limits';
import { assertOwnRows, look, relationNamed, withoutItsWords } from './look';
import { chosen } from './sample-rows';
import type { Tool } from './tool';

const inputSchema = z.strictObject({
  table: relationSchema.describe('A table or view: schema.name'),
  columns: z
    .array(z.string().min(1).max(63))
    .min(1)
    .max(LIMITS.columns)
    .optional()
    .describe('Default: the first 30.'),
});

/** Rows that are counted; of a larger table, a sample from all over it. */
const ROWS = 200_000;
const COLUMNS = 30;

export const profile: Tool<z.infer<typeof inputSchema>> = {
  name: 'profile',
  description:
    'Counts over a table: rows, and per column the share of nulls, how many different values, the least and the greatest (numbers, dates), lengths of texts, the short codes that occur with their counts. Use it to find keys, gaps, ranges and closed lists. Of large tables a sample is counted, and the answer says so.',
  input: inputSchema,
  async run({ table, columns: wanted }, ctx) {
    const content = await look(ctx, async (session) => {
      const relation = await relationNamed(session, ctx, table);
      assertOwnRows(relation);
      const columns = chosen(relation.columns, wanted).slice(0, wanted ? LIMITS.columns : COLUMNS);
      const codes = await codesOf(session, relation, columns);
      const counted = await counts(session, relation, columns).catch((cause: unknown) => {
        throw withoutItsWords(cause);
      });
      const rows = Number(counted['rows']);
      return {
        table: nameAsData(relation.relation, 130),
        rows_counted: rows,
        ...(relation.rows === undefined ? {} : { estimated_rows: relation.rows }),
        whole: rows < ROWS && sampled(relation, ROWS) === sampled({ ...relation, rows: undefined }, ROWS),
        columns: columns.map((column, at) => ofColumn(column, at, counted, codes.get(column.name))),
        ...(relation.columns.length > columns.length
          ? { other_columns: relation.columns.length - columns.length }
          : {}),
      };
    });
    return { content: fitting(content) };
  },
};

type Counts = Record<string, string | number | null>;

function ofColumn(
  { name, type, kind, sensitive }: MaskedColumn,
  at: number,
  counted: Counts,
  codes: readonly Code[] | undefined,
): object {
  const rows = Number(counted['rows']);
  const nulls = rows - Number(counted[`n${at}`]);
  const ranged =
    !sensitive &&
    (kind === 'number' || kind === 'date') &&
    counted[`l${at}`] !== null &&
    counted[`l${at}`] !== undefined;
  const edge = (value: string | number | null | undefined): unknown =>
    kind === 'date'
      ? /^\d{4,}-\d{2}-\d{2}/.exec(String(value))?.[0]
      : masked(String(value), String(value).length, { showing: 'numbers', type });
  return {
    name: nameAsData(name),
    type,
    ...(sensitive ? { hidden: sensitive } : {}),
    nulls: rows === 0 ? 0 : Math.round((nulls / rows) * 10_000) / 10_000,
    distinct:
      counted[`d${at}`] === null || counted[`d${at}`] === undefined ? null : Number(counted[`d${at}`]),
    ...(ranged ? { least: edge(counted[`l${at}`]), greatest: edge(counted[`g${at}`]) } : {}),
    ...(!sensitive && kind === 'text' ? { lengths: [counted[`l${at}`], counted[`g${at}`]] } : {}),
    ...(codes && codes.length > 0 ? { codes: codes.map(({ value, times }) => [value, times]) } : {}),
  };
}

/** `n`: not null, `d`: different, `l` and `g`: least and greatest (of texts: their lengths). */
async function counts(
  session: ReadSession,
  relation: MaskedRelation,
  columns: readonly MaskedColumn[],
): Promise<Counts> {
  const each = columns.flatMap(({ name, kind, sensitive }, at) => {
    const column = quoteIdent(name);
    const comparable = kind !== 'other';
    return [
      `count(${column}) as n${at}`,
      // Types without equality (json, point) have no different values.
      ...(comparable ? [`count(distinct ${column}) as d${at}`] : []),
      ...(sensitive
        ? []
        : kind === 'number' || kind === 'date'
          ? [
              `left(min(${column})::text, ${FETCHED}) as l${at}`,
              `left(max(${column})::text, ${FETCHED}) as g${at}`,
            ]
          : []),
      ...(!sensitive && kind === 'text'
        ? [`min(length(${column}::text)) as l${at}`, `max(length(${column}::text)) as g${at}`]
        : []),
    ];
  });
  const names = [...new Set(columns.map(({ name }) => quoteIdent(name)))];
  const [row] = await session.query<Counts>(
    `select count(*) as rows${each.map((item) => `, ${item}`).join('')}
       from (select ${names.join(', ')} from ${sampled(relation, ROWS)} limit ${ROWS}) as counted`,
  );
  return row!;
}
