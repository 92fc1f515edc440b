import { isUtf8 } from 'node:buffer';
import { fail } from '../../../schemas/errors';

const LF = 10;

/** A record longer than this is no record: a binary file, or a quote that is never closed. Bounds the memory. */
export const MAX_RECORD = 16 * 1024 * 1024;

/** The bytes that are being looked at: the rest of a record that has begun, and the chunk that goes on with it. */
export class Window {
  buf: Buffer = Buffer.allocUnsafe(512 * 1024);
  from = 0;
  to = 0;
  /** There is a NUL, or something that is not UTF-8, in it: each record must be looked at. */
  dirty = false;

  append(chunk: Buffer): void {
    const left = this.to - this.from;
    const needed = left + chunk.length + 1;
    if (needed > this.buf.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(this.buf.length * 2, MAX_RECORD)));
      this.buf.copy(larger, 0, this.from, this.to);
      this.buf = larger;
    } else if (this.from > 0) {
      this.buf.copyWithin(0, this.from, this.to);
    }
    chunk.copy(this.buf, left);
    this.from = 0;
    this.to = left + chunk.length;
    // A sentinel: inner loops stop here without asking where the end is.
    this.buf[this.to] = LF;
    const bytes = this.buf.subarray(0, this.to);
    this.dirty = bytes.includes(0) || !isUtf8(bytes.subarray(0, wholeCharacters(bytes)));
  }

  /** The end of the file: a character that is cut off now stays so. */
  finish(): void {
    this.dirty ||= !isUtf8(this.buf.subarray(this.from, this.to));
  }

  /** Throws `source_invalid` when what is left over is too long to be a record. */
  assertBounded(file: string, line: number): void {
    if (this.to - this.from <= MAX_RECORD) return;
    throw fail(
      'source_invalid',
      `${file}:${line} begins a record longer than ${MAX_RECORD / 1024 / 1024} MiB.`,
      {
        next: 'Is it text, and is every quote closed? Correct the file, or declare its quote and delimiter.',
        place: `${file}:${line}`,
      },
    );
  }

  /** What is wrong with the bytes of a record; empty: nothing. */
  impurity(start: number, end: number): string {
    if (!this.dirty) return '';
    const record = this.buf.subarray(start, end);
    if (record.includes(0)) return 'a NUL byte';
    return isUtf8(record) ? '' : 'bytes that are not UTF-8';
  }
}

/** Length without a character that is cut off at the end. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
