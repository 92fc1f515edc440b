import type { IngestInput } from '../input';

/** `cursor:` of a goal with its defaults filled in. */
export interface CursorSpec {
  column: string;
  /** Whether rows that are equal to the cursor are read again. */
  from: 'at_least' | 'after';
  /** How far before the cursor reading begins: a duration for times, a number for numbers. */
  lag?: string | number;
  nulls: 'refuse' | 'load';
}

export function cursorSpec({ cursor, mode }: Pick<IngestInput, 'cursor' | 'mode'>): CursorSpec | undefined {
  if (cursor === undefined) return undefined;
  const given = typeof cursor === 'string' ? { column: cursor } : cursor;
  const { column, from = mode === 'merge' ? 'at_least' : 'after', lag, nulls = 'refuse' } = given;
  return { column, from, ...(lag !== undefined && { lag }), nulls };
}
