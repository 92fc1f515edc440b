import { fail } from '../../../schemas/errors';
import { quoteIdent } from '../../../sql/quote';
import type { SourceDatabase } from '../../../sources/sources';
import type { Cursor } from '../body';
import { count } from '../quarantine';
import { horizonNow, isPlausible } from './sql';

/** The source's own now, as far as it moves the cursor: one literal for all that one load does. */
export async function horizonOf(source: SourceDatabase, cursor: Cursor): Promise<string | undefined> {
  if (cursor.order !== 'time') return undefined;
  const [row] = await source.query<{ horizon: string }>(`select ${horizonNow(cursor)}::text as horizon`);
  return `'${row!.horizon}'::${cursor.type}`;
}

/** Throws `source_invalid` where rows have no cursor and the goal does not say that they are loaded. */
export async function assertNoNulls(
  source: SourceDatabase,
  cursor: Cursor,
  select: string,
  title: string,
): Promise<void> {
  if (cursor.nulls === 'load') return;
  const found = await rowsWhere(source, select, `${quoteIdent(cursor.column)} is null`);
  if (found > 0) throw noValue(cursor.column, title, found);
}

export function noValue(column: string, title: string, rows: number): Error {
  return fail(
    'source_invalid',
    `${count(rows)} row${rows === 1 ? '' : 's'} of ${title} ha${rows === 1 ? 's' : 've'} no ${column}, which is the cursor: no load would ever find ${rows === 1 ? 'it' : 'them'}.`,
    {
      next: `Choose a column that is never null, give the rows a value, or have them loaded each time: \`cursor: { column: ${column}, nulls: load }\`, with a key.`,
      place: `${title}.${column}`,
    },
  );
}

/** Rows beyond what can move the cursor: infinity, NaN, a time that has not come. */
export function beyondHorizon(cursor: Cursor, horizon: string | undefined): string | undefined {
  const plausible = isPlausible(quoteIdent(cursor.column), cursor, horizon ?? '');
  return plausible === 'true' ? undefined : `not (${plausible})`;
}

export async function rowsWhere(source: SourceDatabase, select: string, condition: string): Promise<number> {
  const [row] = await source.query<{ rows: string }>(
    `select count(*) as rows from (${select}\n) rows where ${condition}`,
  );
  return Number(row!.rows);
}
