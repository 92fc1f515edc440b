import { isUtf8 } from 'node:buffer';
import { fail } from '../../../schemas/errors';
import { CR, LF, LINE_END } from './line-end';
import type { Dialect } from './record';

const MAX_HEADER = 1024 * 1024;

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

/**
 * The first record of a file. `undefined`: it is not whole yet; with `last`: there is none (nothing but empty lines).
 * Throws `source_invalid` when it is not text or has no end.
 */
export function firstRecord(
  buf: Buffer,
  dialect: Dialect,
  file: string,
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
        throw invalid(file, blank + 1, 'begins with a record longer than 1 MiB');
      }
    }
    fields.push(field.text);
    if (p >= buf.length || buf[p] !== dialect.delimiter) break;
    p++;
  }
  const record = buf.subarray(start, p);
  if (record.includes(0)) throw invalid(file, blank + 1, 'has a NUL byte in its first line');
  if (!isUtf8(record)) throw invalid(file, blank + 1, 'has bytes that are not UTF-8 in its first line');
  const lineEnd =
    p >= buf.length ? 0 : buf[p] === LF ? LINE_END.lf : buf[p + 1] === LF ? LINE_END.crlf : LINE_END.cr;
  const bytes = lineEnd === 0 ? buf.length : p + (lineEnd === LINE_END.crlf ? 2 : 1);
  return { fields, bytes, lines: lineCount(buf.subarray(0, bytes)), lineEnd, blankLines: blank };
}

function readField(buf: Buffer, at: number, { delimiter, quote }: Dialect): { text: string; end: number } {
  let p = at;
  if (quote !== 0 && buf[p] === quote) {
    const bytes: number[] = [];
    for (p++; p < buf.length; p++) {
      if (buf[p] === quote && buf[++p] !== quote) break;
      bytes.push(buf[p]!);
    }
    // Text after the quote belongs to the name, as far as there is one.
    while (p < buf.length && buf[p] !== delimiter && buf[p] !== LF && buf[p] !== CR) bytes.push(buf[p++]!);
    return { text: Buffer.from(bytes).toString('utf8'), end: p };
  }
  while (p < buf.length && buf[p] !== delimiter && buf[p] !== LF && buf[p] !== CR) p++;
  return { text: buf.toString('utf8', at, p), end: p };
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
