import { fail } from '../../../schemas/errors';
import { durationMs } from '../../../schemas/goal';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Cursor } from '../body';
import type { CursorSpec } from './spec';

const NUMBERS = /^(smallint|integer|bigint|numeric(\(.*\))?|real|double precision)$/;
const TIMES = /^(date|timestamp(\(\d\))? with(out)? time zone)$/;

/** The order of a type's values, where it is one of time or number. */
export function orderOf(type: string): Cursor['order'] | undefined {
  return NUMBERS.test(type) ? 'number' : TIMES.test(type) ? 'time' : undefined;
}

/**
 * The order of the cursor's values. Throws `invalid_goal` where a later row need not have a greater value: text is ordered by
 * a collation, an enum by its definition, a uuid by nothing.
 */
export function assertOrdered(column: string, type: string, title: string): Cursor['order'] {
  const order = orderOf(type);
  if (order) return order;
  throw fail(
    'invalid_goal',
    `The cursor ${column} of ${title} is ${type}, whose order is not one of time or number: later rows need not have greater values.`,
    {
      next: 'Name a column that grows with every new or changed row (date, timestamp, timestamptz, integer, numeric), or leave the cursor out.',
      place: 'cursor',
    },
  );
}

/** A lag must be of the cursor's kind. Throws `invalid_goal`. */
export function assertLag({ column, lag }: CursorSpec, order: Cursor['order']): void {
  if (lag === undefined || (typeof lag === 'number') === (order === 'number')) return;
  throw fail(
    'invalid_goal',
    `The cursor ${column} is a ${order}, and its lag ${JSON.stringify(lag)} is ${order === 'time' ? 'no duration' : 'no number'}.`,
    { next: `Write the lag as a ${order === 'time' ? 'duration, like 1h' : 'number'}.`, place: 'cursor.lag' },
  );
}

/** Where reading begins: `after` less the lag, as text of the cursor's type. The server computes it, exactly. */
export async function boundOf(
  session: ReadSession,
  after: string,
  { lag }: CursorSpec,
  { order, type }: Pick<Cursor, 'order' | 'type'>,
): Promise<string> {
  if (lag === undefined) return after;
  if (order === 'time') {
    const [row] = await session.query<{ bound: string }>(
      `select case when isfinite(at) then (at - $2::float8 * interval '1 millisecond')::${type} else at end::text as bound
         from (select $1::${type} as at) cursor`,
      [after, durationMs(lag as string)],
    );
    return row!.bound;
  }
  const whole = LEAST[type];
  const [row] = await session.query<{ bound: string }>(
    whole === undefined
      ? `select ($1::${type} - $2::${type})::text as bound`
      : `select ceil(greatest($1::numeric - $2::numeric, ${whole}))::text as bound`,
    [after, String(lag)],
  );
  return row!.bound;
}

const LEAST: Record<string, string> = {
  smallint: '-32768',
  integer: '-2147483648',
  bigint: '-9223372036854775808',
};
