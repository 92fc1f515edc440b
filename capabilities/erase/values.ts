import { quoteIdent } from '../../sql/quote';
import type { ReadSession } from '../../warehouses/warehouse';
import { fail } from '../../schemas/errors';
import type { KeyColumn } from './body';

/** Values by column, as text. Never in a message. */
export type Values = Record<string, string>;

/** `alias."id" = $1::bigint and …`, its parameters counted from `first`; of a text column no more than equal text. */
export function matching(alias: string, columns: readonly KeyColumn[], first = 1): string {
  return columns
    .map(({ name, type }, index) => `${alias}.${quoteIdent(name)} = $${first + index}::text::${type}`)
    .join(' and ');
}

export const paramsOf = (columns: readonly KeyColumn[], values: Values): string[] =>
  columns.map(({ name }) => values[name]!);

/** Throws `usage` for a value that its column's type cannot hold: it could match nothing. The value is not repeated. */
export async function assertFit(
  session: ReadSession,
  relation: string,
  columns: readonly KeyColumn[],
  values: Values,
): Promise<void> {
  for (const { name, type } of columns) {
    const [row] = await session.query<{ ok: boolean }>('select pg_input_is_valid($1, $2) as ok', [
      values[name]!,
      type,
    ]);
    if (row!.ok) continue;
    throw fail(
      'usage',
      `The value given for ${name} is no ${type}, which the column ${name} of ${relation} is.`,
      {
        next: 'Correct the value and run the command again.',
        place: `${relation}.${name}`,
      },
    );
  }
}
