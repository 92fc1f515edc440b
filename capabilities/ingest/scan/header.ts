import { isUtf8 } from 'node:buffer';
import { fail } from '../../../schemas/errors';
import { CR, LF, LINE_END } from './line-end';
import { escapeLength, type Dialect } from './record';

const MAX_HEADER = 1024 * 1024;

export interface Header {
  /** Names, or the fields of the first record of a file without a header. */
  fields: string[];
  /** Bytes up to and with the line end of its last record; 0 without a header. */
  bytes: number;
  /** Physical line on which the records begin. */
  line: number;
  /** {@link LINE_END} that occurred in it, as bits. */
  lineEnds: number;
  /** Empty lines before its last record. */
  blankLines: number;
}

/**
 * The header of a file: its first `records` records, whose fields are joined by a blank where there are several; without
 * one (0), the fields of the first record. `undefined`: it is not whole yet; with `last`: there is none (nothing but empty
 * lines). `line`: physical line on which the bytes begin.
 * Throws `source_invalid` when it is not text or has no end.
 */
export function readHeader(
  buf: Buffer,
  dialect: Dialect,
  file: string,
  at: { records: number; line: number; last: boolean },
): Header | undefined {
  const { records, last } = at;
  const rows: string[][] = [];
  let { line } = at;
  let [bytes, lineEnds, blankLines] = [0, 0, 0];
  while (rows.length < Math.max(1, records)) {
    const record = firstRecord(buf.subarray(bytes), dialect, file, line, last);
    if (!record) return undefined;
    rows.push(record.fields);
    if (records === 0) break;
    bytes += record.bytes;
    line += record.lines;
    lineEnds |= record.lineEnd;
    blankLines += record.blankLines;
  }
  const fields = Array.from({ length: Math.max(...rows.map((row) => row.length)) }, (_, index) =>
    rows
      .map((row) => (rows.length === 1 ? row[index]! : (row[index] ?? '').trim()))
      .filter((name) => rows.length === 1 || name !== '')
      .join(' '),
  );
  return { fields, bytes, line, lineEnds, blankLines };
}

export interface FirstRecord {
  fields: string[];
  /** Bytes up to and with its line end. */
  bytes: number;
  /** Physical lines up to and with its line end. */
  lines: number;
  /** {@link LINE_END}; 0 when the file ends with it. */
  lineEnd: number;
  /** Empty lines before it. */
  blankLines: number;
}

function firstRecord(
  buf: Buffer,
  dialect: Dialect,
  file: string,
  line: number,
  last: boolean,
): FirstRecord | undefined {
  let start = 0;
  while (buf[start] === LF || buf[start] === CR) start++;
  const blank = lineCount(buf.subarray(0, start));
  if (start === buf.length) return undefined;
  const fields: string[] = [];
  let p = start;
  for (;;) {
    const field = readField(buf, p, dialect);
    p = field.end;
    if (p >= buf.length || (buf[p] === CR && p + 1 >= buf.length)) {
      if (!last) {
        if (buf.length <= MAX_HEADER) return undefined;
        throw invalid(file, line + blank, 'begins with a record longer than 1 MiB');
      }
    }
    fields.push(field.text);
    if (p >= buf.length || buf[p] !== dialect.delimiter) break;
    p++;
  }
  const record = buf.subarray(start, p);
  if (record.includes(0)) throw invalid(file, line + blank, 'has a NUL byte in its first line');
  if (!isUtf8(record)) throw invalid(file, line + blank, 'has bytes that are not UTF-8 in its first line');
  const lineEnd =
    p >= buf.length ? 0 : buf[p] === LF ? LINE_END.lf : buf[p + 1] === LF ? LINE_END.crlf : LINE_END.cr;
  const bytes = lineEnd === 0 ? buf.length : p + (lineEnd === LINE_END.crlf ? 2 : 1);
  return { fields, bytes, lines: lineCount(buf.subarray(0, bytes)), lineEnd, blankLines: blank };
}

function readField(buf: Buffer, at: number, dialect: Dialect): { text: string; end: number } {
  const { delimiter, quote, escape } = dialect;
  const bytes: number[] = [];
  let p = at;
  const escaped = (): boolean => {
    if (escape === 0 || buf[p] !== escape) return false;
    const length = escapeLength(buf, p, buf.length, dialect);
    bytes.push(...buf.subarray(length > 1 ? p + 1 : p, p + length));
    p += length;
    return true;
  };
  if (quote !== 0 && buf[p] === quote) {
    for (p++; p < buf.length;) {
      if (escaped()) continue;
      if (buf[p] === quote && buf[++p] !== quote) break;
      bytes.push(buf[p++]!);
    }
    // Text after the quote belongs to the name, as far as there is one.
  }
  while (p < buf.length && buf[p] !== delimiter && buf[p] !== LF && buf[p] !== CR) {
    if (!escaped()) bytes.push(buf[p++]!);
  }
  return { text: Buffer.from(bytes).toString('utf8'), end: p };
}

function lineCount(bytes: Buffer): number {
  let lines = 0;
  for (let p = 0; p < bytes.length; p++) {
    if (bytes[p] === LF || (bytes[p] === CR && bytes[p + 1] !== LF)) lines++;
  }
  return lines;
}

function invalid(file: string, line: number, what: string): Error {
  return fail('source_invalid', `${file} ${what}.`, {
    next: 'Is it a text file, in the encoding and with the delimiter that the goal declares?',
    place: `${file}:${line}`,
  });
}
