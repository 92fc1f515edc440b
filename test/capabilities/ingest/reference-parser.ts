/** A slow, obvious reading of a delimited file, to hold the scanner against. */
export interface ReferenceRecord {
  line: number;
  /** Text of each field; undefined: null. Absent when the record is bad. */
  fields?: string[];
  quoted?: boolean[];
  raw: string;
}

export interface ReferenceDialect {
  delimiter: string;
  /** `''`: none. */
  quote: string;
  escape: string;
}

interface Found {
  line: number;
  fields: string[];
  quoted: boolean[];
  raw: string;
  bad: boolean;
}

const isEnd = (c: string | undefined): boolean => c === undefined || c === '\n' || c === '\r';

/** `text` holds one character for each byte. Throws the line on which a quote opens that swallows lines to the end. */
export function referenceParse(text: string, dialect: ReferenceDialect, columns: number): ReferenceRecord[] {
  return find(text, dialect, columns === 1).map(({ line, fields, quoted, raw, bad }) => {
    const ragged = fields.length !== columns;
    const dirty = raw.includes('\0') || raw.includes('\xff');
    return bad || ragged || dirty ? { line, raw } : { line, fields, quoted, raw };
  });
}

/** Fields of the first record, and the empty lines before it; `undefined`: there is none. */
export function referenceFirst(
  text: string,
  dialect: ReferenceDialect,
): { fields: number; blank: number } | undefined {
  const [first] = find(text, dialect, false);
  return first && { fields: first.fields.length, blank: first.line - 1 };
}

function find(text: string, { delimiter, quote, escape }: ReferenceDialect, emptyIsRecord: boolean): Found[] {
  const records: Found[] = [];
  let p = 0;
  let line = 1;
  const endLine = (): void => {
    if (text[p] === '\r' && text[p + 1] === '\n') p++;
    p++;
    line++;
  };
  /** What an escape at `p` makes plain; `''`: nothing. */
  const escaped = (): string => {
    if (escape === '' || text[p] !== escape || p + 1 >= text.length) return '';
    if (text.startsWith('\r\n', p + 1)) return '\r\n';
    return [delimiter, quote, escape, '\n', '\r'].includes(text[p + 1]!) ? text[p + 1]! : '';
  };
  while (p < text.length) {
    if (isEnd(text[p])) {
      if (emptyIsRecord) records.push({ line, fields: [''], quoted: [false], raw: '', bad: false });
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
          const plain = escaped();
          if (plain !== '') {
            if (/[\r\n]/.test(plain)) line++;
            value += plain;
            p += 1 + plain.length;
            continue;
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
        for (;;) {
          const plain = escaped();
          if (plain !== '') {
            if (/[\r\n]/.test(plain)) line++;
            value += plain;
            p += 1 + plain.length;
            continue;
          }
          if (isEnd(text[p]) || text[p] === delimiter || (quote !== '' && text[p] === quote)) break;
          value += text[p++];
        }
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
    records.push({ line: startLine, fields, quoted, raw: text.slice(start, p), bad });
    if (p < text.length) endLine();
  }
  return records;
}
