import type { Row } from './parse';

export interface Table {
  /** Records above the table. */
  above: number;
  /** Its first record. */
  first: Row;
  width: number;
}

/**
 * Where the table begins in a file whose first records are of another width: from there to the end all records have as many
 * fields, at least two. `undefined`: there is nothing above it, or no such table.
 */
export function findPreamble(rows: readonly Row[]): Table | undefined {
  const last = rows.at(-1);
  if (!last) return undefined;
  const width = last.fields.length;
  let above = rows.length;
  while (above > 0 && rows[above - 1]!.fields.length === width) above--;
  if (width < 2 || above === 0 || rows[0]!.fields.length === width) return undefined;
  // Rows at the end that are wider than many above them are no table of their own.
  const below = rows.length - above;
  if (below < 2 || (below <= above && rows[0]!.fields.length > 1)) return undefined;
  return { above, first: rows[above]!, width };
}
