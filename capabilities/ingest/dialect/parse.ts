import type { Head } from './head';

/** How fields are separated, quoted and escaped: one character each; `''`: not at all. */
export interface Marks {
  delimiter: string;
  quote: string;
  escape: string;
}

export interface Row {
  /** Physical line, from 1 at the beginning of the text. */
  line: number;
  fields: string[];
  quoted: boolean[];
}

export interface Parsed {
  rows: Row[];
  /** No stray quote, no quote that is not closed. */
  clean: boolean;
  /** Fields of a row, when all have as many; 0: they differ, or there is no row. */
  width: number;
}

/** The records of a head as the scanner would read them; of a file that goes on, the last one is left out. */
export function parseHead({ text, whole }: Head, { delimiter, quote, escape }: Marks): Parsed {
  const rows: Row[] = [];
  let clean = true;
  let p = 0;
  let line = 1;
  const isEnd = (at: number): boolean => at >= text.length || text[at] === '\n' || text[at] === '\r';
  const special = (at: number): boolean =>
    at < text.length && (isEnd(at) || text[at] === delimiter || text[at] === escape || text[at] === quote);
  const step = (): string => {
    let taken = '';
    if (escape !== '' && text[p] === escape && special(p + 1)) p++;
    if (text[p] === '\n' || (text[p] === '\r' && text[p + 1] !== '\n')) line++;
    taken += text[p++] ?? '';
    return taken;
  };
  const lineEnd = (): void => {
    if (text[p] === '\r' && text[p + 1] === '\n') p++;
    p++;
    line++;
  };
  while (p < text.length) {
    if (isEnd(p)) {
      lineEnd();
      continue;
    }
    const row: Row = { line, fields: [], quoted: [] };
    let fault = false;
    for (;;) {
      let value = '';
      const isQuoted = quote !== '' && text[p] === quote;
      if (isQuoted) {
        p++;
        for (;;) {
          if (p >= text.length) {
            fault = true;
            break;
          }
          if (text[p] === quote) {
            if (text[p + 1] !== quote) {
              p++;
              break;
            }
            p++;
          }
          value += step();
        }
        fault ||= !isEnd(p) && text[p] !== delimiter;
      } else {
        while (!isEnd(p) && text[p] !== delimiter) {
          if (quote !== '' && text[p] === quote) fault = true;
          value += step();
        }
      }
      if (fault) while (!isEnd(p)) p++;
      row.fields.push(value);
      row.quoted.push(isQuoted);
      if (isEnd(p)) break;
      p++;
    }
    if (p >= text.length && !whole) break;
    clean &&= !fault;
    rows.push(row);
    if (p < text.length) lineEnd();
  }
  const widths = new Set(rows.map((row) => row.fields.length));
  return { rows, clean, width: widths.size === 1 ? rows[0]!.fields.length : 0 };
}
