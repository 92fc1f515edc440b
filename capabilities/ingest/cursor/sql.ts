import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { Cursor } from '../body';

/** How far ahead of now a time is still taken for one that has been: clocks differ. */
const TOLERANCE = `interval '1 day'`;

/** The latest time that moves the cursor, as an expression of its type; a time without a zone may be of any zone. */
export function horizonNow({ type }: Pick<Cursor, 'type'>): string {
  if (type.endsWith('with time zone')) return `(pg_catalog.now() + ${TOLERANCE})::${type}`;
  return `(pg_catalog.now() at time zone 'Etc/GMT-14' + ${TOLERANCE})::${type}`;
}

/**
 * Whether a value can be where a load ends: beyond infinity, NaN or a time that has not come nothing would ever be
 * found. `horizon` is a literal, or an expression of the cursor's type.
 */
export function isPlausible(value: string, cursor: Pick<Cursor, 'order' | 'type'>, horizon: string): string {
  if (cursor.order === 'time') return `${value} <= ${horizon}`;
  // As text, because older servers have no numeric infinity to compare with.
  return isWhole(cursor.type) ? 'true' : `${value}::text not in ('NaN', 'Infinity')`;
}

const isWhole = (type: string): boolean => /^(smallint|integer|bigint)$/.test(type);

/** Values from which reading goes on, as a condition; `undefined`: all. */
function isReached(name: string, cursor: Cursor): string | undefined {
  if (cursor.bound === undefined) return undefined;
  const beyond = `${name} ${cursor.from === 'at_least' ? '>=' : '>'} ${quoteLiteral(cursor.bound).trim()}::${cursor.type}`;
  return cursor.nulls === 'load' ? `(${beyond} or ${name} is null)` : beyond;
}

/** ` where …`: the source's rows that a load reads; without any condition it is empty. */
export function readFilter(cursor: Cursor | undefined, horizon?: string): string {
  if (!cursor) return '';
  const name = quoteIdent(cursor.column);
  const conditions = [
    isReached(name, cursor),
    cursor.beyond === 'wait' ? isPlausible(name, cursor, horizon ?? horizonNow(cursor)) : undefined,
  ].filter((condition) => condition !== undefined && condition !== 'true');
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
}

/** The rows before those that are read again and again: nothing looks at them any more. Needs a bound. */
export function isPassed(name: string, { from, bound, type }: Cursor): string {
  return `${name} ${from === 'at_least' ? '<' : '<='} ${quoteLiteral(bound!).trim()}::${type}`;
}
