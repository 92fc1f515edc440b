import type { Head } from './head';
import { parseHead, type Marks, type Parsed } from './parse';

/** Characters that stand between fields and rarely in them. */
const STRONG = [',', ';', '\t', '|', '\x01', '\x1f'];
/** Those that text is full of: when they split every line evenly, that is no more than suspicious. */
const WEAK = [':', '^', '~', ' '];

export interface Alternative {
  marks: Marks;
  parsed: Parsed;
  weak: boolean;
}

/** What the goal itself says of the marks; `undefined`: nothing. */
export type Declared = { [mark in keyof Marks]: string | undefined };

/**
 * Other marks under which every record of the head has as many fields, at least two, and no stray quote: for each
 * delimiter those that differ least from the ones given. What the goal declares is not varied.
 */
export function alternatives(head: Head, given: Marks, declared: Declared): Alternative[] {
  const found: Alternative[] = [];
  const delimiters =
    declared.delimiter === undefined
      ? [...new Set([given.delimiter, ...STRONG, ...WEAK])]
      : [given.delimiter];
  for (const delimiter of delimiters) {
    if (!head.text.includes(delimiter)) continue;
    const even = variants(head, given, declared)
      .map((marks) => ({ ...marks, delimiter }))
      .filter((marks) => marks.quote !== delimiter && marks.escape !== delimiter)
      .map((marks) => ({ marks, parsed: parseHead(head, marks), weak: WEAK.includes(delimiter) }))
      .filter(({ parsed }) => parsed.clean && parsed.width > 1);
    const best =
      even.find(({ marks, parsed }) => isPlausible(marks, parsed)) ??
      (delimiter === given.delimiter ? undefined : even[0]);
    if (best && !same(best.marks, given)) found.push(best);
  }
  return found;
}

/** A mark that stands nowhere in the head changes nothing: it is not tried, because every try reads all of the head. */
function variants({ text }: Head, given: Marks, declared: Declared): Omit<Marks, 'delimiter'>[] {
  const others = (marks: string[]): string[] => marks.filter((mark) => text.includes(mark));
  const unquoted = given.quote === '' || text.includes(given.quote) ? [''] : [];
  const quotes =
    declared.quote === undefined ? [...new Set([given.quote, ...others(["'"]), ...unquoted])] : [given.quote];
  const escapes =
    declared.escape === undefined ? [...new Set([given.escape, ...others(['\\'])])] : [given.escape];
  return quotes.flatMap((quote) => escapes.map((escape) => ({ quote, escape })));
}

function isPlausible({ quote }: Marks, { rows }: Parsed): boolean {
  // Without quoting everything is clean, so a field that begins with a quote speaks against it.
  if (quote === '') return !rows.some((row) => row.fields.some((field) => field.startsWith('"')));
  return quote === '"' || rows.some((row) => row.quoted.includes(true));
}

function same(a: Marks, b: Marks): boolean {
  return a.delimiter === b.delimiter && a.quote === b.quote && a.escape === b.escape;
}
