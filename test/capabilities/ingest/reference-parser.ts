/** A slow, obvious reading of a delimited file, to hold the scanner against. */
export interface ReferenceRecord {
  line: number;
  /** Text of each field; undefined: null. Absent when the record is bad. */
  fields?: string[];
  quoted?: boolean[];
  raw: string;
}

const isEnd = (c: string | undefined): boolean => c === undefined || c === '\n' || c === '\r';

/** `text` holds one character for each byte. Throws the line on which a quote opens that swallows lines to the end. */
export function referenceParse(
  text: string,
  delimiter: string,
  quote: string,
  columns: number,
): ReferenceRecord[] {
  const records: ReferenceRecord[] = [];
  let p = 0;
  let line = 1;
  const endLine = (): void => {
    if (text[p] === '\r' && text[p + 1] === '\n') p++;
    p++;
    line++;
  };
  while (p < text.length) {
    if (isEnd(text[p])) {
      endLine();
      continue;
    }
    const start = p;
    const startLine = line;
    const fields: string[] = [];
    const quoted: boolean[] = [];
    let bad = false;
    for (;;) {
      let value = '';
      const isQuoted = quote !== '' && text[p] === quote;
      if (isQuoted) {
        const opened = p++;
        for (;;) {
          if (p >= text.length) {
            if (/[\r\n]/.test(text.slice(opened, -1)))
              throw new Error(`a quote on line ${startLine} swallows lines`);
            bad = true;
            break;
          }
          if (text[p] === quote) {
            if (text[p + 1] !== quote) {
              p++;
              break;
            }
            value += quote;
            p += 2;
            continue;
          }
          if (text[p] === '\n' || (text[p] === '\r' && text[p + 1] !== '\n')) line++;
          value += text[p++];
        }
        if (!bad && !isEnd(text[p]) && text[p] !== delimiter) {
          bad = true;
          while (!isEnd(text[p])) p++;
        }
      } else {
        while (!isEnd(text[p]) && text[p] !== delimiter && !(quote !== '' && text[p] === quote))
          value += text[p++];
        if (quote !== '' && text[p] === quote) {
          bad = true;
          while (!isEnd(text[p])) p++;
        }
      }
      fields.push(value);
      quoted.push(isQuoted);
      if (isEnd(text[p])) break;
      p++;
    }
    const raw = text.slice(start, p);
    const ragged = fields.length !== columns;
    const dirty = raw.includes('\0') || raw.includes('\xff');
    records.push(
      bad || ragged || dirty ? { line: startLine, raw } : { line: startLine, fields, quoted, raw },
    );
    if (p < text.length) endLine();
  }
  return records;
}
