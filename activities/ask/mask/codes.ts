import { quoteIdent, quoteRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { MaskedColumn, MaskedRelation } from './columns';

/** A code is shown when it is one of at most so many, each so often there, and so short. */
export const CODES = { distinct: 20, times: 5, length: 16 } as const;
/** Rows that are looked at; beyond them a sample from all over the table. */
const LOOKED_AT = 20_000;
const COLUMNS_AT_ONCE = 50;

export interface Code {
  value: string;
  times: number;
}

/**
 * The values of text columns that are codes rather than text: short, without blanks, few, and each there often. They
 * are looked for in the table, never in the result of a query, which could repeat a text until it looks like a code.
 */
export async function codesOf(
  session: ReadSession,
  relation: MaskedRelation,
  columns: readonly MaskedColumn[],
): Promise<Map<string, Code[]>> {
  const found = new Map<string, Code[]>();
  const wanted = columns.filter((column) => column.kind === 'text' && !column.sensitive);
  for (let from = 0; from < wanted.length; from += COLUMNS_AT_ONCE) {
    const some = wanted.slice(from, from + COLUMNS_AT_ONCE);
    const counted = await counts(session, relation, some);
    for (const { name } of some) {
      const values = counted.filter((row) => row.column === name);
      // One that is too long, or one too many: the column holds text.
      const codes = values.length <= CODES.distinct && values.every(({ value }) => looksLikeCode(value));
      if (!codes) continue;
      found.set(
        name,
        values.filter(({ times }) => times >= CODES.times).map(({ value, times }) => ({ value, times })),
      );
    }
  }
  return found;
}

/** No blanks, no more than a code has; one with digits in it and longer than eight could be a key or a number of somebody. */
export function looksLikeCode(value: string): boolean {
  if (value.length > CODES.length || !/^[\p{L}\p{N}_.:+/-]*$/u.test(value)) return false;
  return !/\p{N}/u.test(value) || value.length <= 8 || /^\p{L}+[-_ ]?\p{N}{1,4}$/u.test(value);
}

async function counts(
  session: ReadSession,
  relation: MaskedRelation,
  columns: readonly MaskedColumn[],
): Promise<{ column: string; value: string; times: number }[]> {
  // One character more than a code may have tells that it is none.
  const value = (name: string): string => `left(${quoteIdent(name)}::text, ${CODES.length + 1})`;
  const picked = columns.map(({ name }, at) => `${value(name)} as c${at}`).join(', ');
  const each = columns.map(
    (
      _,
      at,
    ) => `(select ${at} as at, c${at} as value, count(*)::int as times from picked where c${at} is not null
                  group by 2 order by 3 desc, 2 limit ${CODES.distinct + 1})`,
  );
  const rows = await session.query<{ at: number; value: string; times: number }>(
    `with picked as materialized (select ${picked} from ${sampled(relation, LOOKED_AT)} limit ${LOOKED_AT})
     ${each.join(' union all ')}`,
  );
  return rows.map(({ at, value: text, times }) => ({ column: columns[at]!.name, value: text, times }));
}

/** The relation, or a share of its pages where it has many more rows than wanted. */
export function sampled({ relation, relkind, rows }: MaskedRelation, wanted: number): string {
  const from = quoteRelation(relation);
  if (relkind !== 'r' && relkind !== 'm' && relkind !== 'p') return from;
  if (rows === undefined || rows <= wanted * 2) return from;
  // Twice as many as wanted, so that a page with few live rows does not matter.
  return `${from} tablesample system (${Math.min(100, (200 * wanted) / rows).toFixed(6)}) repeatable (1)`;
}
