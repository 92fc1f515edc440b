import { quoteIdent } from '../../sql/quote';
import type { ReadSession } from '../../warehouses/warehouse';
import { fail, SluiceError } from '../../schemas/errors';
import { attempt } from '../sql/look/attempt';
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
    if (await fits(session, values[name]!, type)) continue;
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

async function fits(session: ReadSession, value: string, type: string): Promise<boolean> {
  if ((await session.serverMajor()) >= 16) {
    const [row] = await session.query<{ ok: boolean }>('select pg_input_is_valid($1, $2) as ok', [
      value,
      type,
    ]);
    return row!.ok;
  }
  try {
    await attempt(session, () => session.query(`select $1::text::${type}`, [value]));
    return true;
  } catch (error) {
    const { code } = ((error instanceof SluiceError && error.cause) || {}) as { code?: string };
    // Class 22: the value is no such thing, or too great for it.
    if (code?.startsWith('22')) return false;
    throw error;
  }
}
