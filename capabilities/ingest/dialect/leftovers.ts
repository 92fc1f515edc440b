import type { Row } from './parse';

/** Pairs that people put around values. */
const PAIRS: [string, string][] = [
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
  ['“', '”'],
  ['„', '“'],
  ['«', '»'],
];

export interface Leftover {
  column: number;
  open: string;
  /** Every value of the column stands in them. */
  all: boolean;
}

/** A column with values that keep quotes: the first of them. */
export function leftoverQuotes(
  body: readonly Row[],
  quote: string,
  nulls: readonly string[],
): Leftover | undefined {
  const width = Math.max(0, ...body.map((row) => row.fields.length));
  for (let column = 0; column < width; column++) {
    const values = body
      .filter((row) => !row.quoted[column])
      .map((row) => row.fields[column] ?? '')
      .filter((value) => value !== '' && value !== '\\N' && value !== 'NULL' && !nulls.includes(value));
    for (const [open, close] of PAIRS) {
      if (open === quote) continue;
      const wrapped = values.filter(
        (value) => value.length > 1 && value.startsWith(open) && value.endsWith(close),
      );
      if (wrapped.length === 0) continue;
      return { column, open, all: wrapped.length === values.length };
    }
  }
  return undefined;
}

/** The first row with a quote, or a backslash, after a backslash. JSON has such escapes of its own. */
export function leftoverEscape(body: readonly Row[], quote: string): Row | undefined {
  const escapes = ['\\\\', ...(quote === '' ? [] : [`\\${quote}`])];
  const isKept = (value: string): boolean =>
    escapes.some((escape) => value.includes(escape)) && !/^\s*[[{]/.test(value);
  return body.find((row) => row.fields.some(isKept));
}
