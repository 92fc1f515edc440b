import { CR, LF } from './line-end';

export interface Dialect {
  /** One byte each; quote 0: no quoting. */
  delimiter: number;
  quote: number;
  /**
   * 0: there is none. Before a delimiter, a quote, a line break or itself it makes that a plain character; before
   * anything else it is one itself.
   */
  escape: number;
}

/** How a field is written. */
export const Form = {
  plain: 0,
  quoted: 1,
  /** Quoted, with a doubled quote or an escape inside. */
  quotedWithin: 2,
  /** Not quoted, with an escape inside. */
  escaped: 3,
} as const;

/** Bytes before `end` that the escape at `at` and what it makes plain take together; 1: it is a character itself. */
export function escapeLength(
  buf: Uint8Array,
  at: number,
  end: number,
  { delimiter, quote, escape }: Dialect,
): number {
  if (at + 1 >= end) return 1;
  const next = buf[at + 1];
  if (next === CR && at + 2 < end && buf[at + 2] === LF) return 3;
  const isQuote = quote !== 0 && next === quote;
  return isQuote || next === delimiter || next === escape || next === LF || next === CR ? 2 : 1;
}

export interface BadRecord {
  /** Physical line of the record's first byte, from 1. */
  line: number;
  /** Name of the column to blame; empty: the record as a whole. */
  column: string;
  /** Why, without the value. */
  reason: string;
  /** A view of the record's bytes, valid only during the call. */
  raw: Buffer;
}

/** What becomes of records. The buffers given are only valid during the call. */
export interface Sink {
  good?(buf: Buffer, fields: Fields): void;
  bad?(record: BadRecord): void;
}

/** Where the fields of the current record lie; filled by the scanner, reused for every record. */
export class Fields {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** {@link Form} of each field. */
  readonly quoted: Uint8Array;
  /** Columns whose value must be looked at. */
  readonly pending: Int32Array;
  count = 0;
  pendingCount = 0;
  /** Line breaks inside quotes. */
  lineBreaks = 0;
  /** What is wrong with the record's form; empty: nothing. */
  fault = '';
  /** Whether the quoted field skipped last has a doubled quote or an escape in it. */
  escaped = false;
  readonly #dialect: Dialect;

  constructor(columns: number, dialect: Dialect) {
    this.starts = new Int32Array(columns);
    this.ends = new Int32Array(columns);
    this.quoted = new Uint8Array(columns);
    this.pending = new Int32Array(columns);
    this.#dialect = dialect;
  }

  begin(): void {
    this.lineBreaks = 0;
    this.fault = '';
  }

  /** From the byte after an opening quote to the one after the closing quote; -1: there is none before `to`. */
  skipQuoted(buf: Buffer, at: number, to: number): number {
    const { quote, escape } = this.#dialect;
    this.escaped = false;
    for (let p = at; p < to; p++) {
      const c = buf[p]!;
      if (c === quote) {
        // At the very end of the bytes the quote may still turn out to be the first half of a doubled one; the
        // caller sees that it stands at the end and waits for more.
        if (p + 1 >= to || buf[p + 1] !== quote) return p + 1;
        this.escaped = true;
        p++;
      } else if (c === LF || (c === CR && buf[p + 1] !== LF)) {
        this.lineBreaks++;
      } else if (c === escape && c !== 0) {
        const length = this.escapedAt(buf, p, to);
        if (length > 1) this.escaped = true;
        p += length - 1;
      }
    }
    return -1;
  }

  /** Bytes of the escape at `p` with what it makes plain; counts a line break among them. */
  escapedAt(buf: Buffer, p: number, to: number): number {
    const length = escapeLength(buf, p, to, this.#dialect);
    if (length > 1 && (buf[p + 1] === LF || buf[p + 1] === CR)) this.lineBreaks++;
    return length;
  }

  /** The bytes a field stands for: as they are, or without its quotes and escapes. */
  value(buf: Buffer, index: number): { buf: Buffer; start: number; end: number } {
    const form = this.quoted[index]!;
    if (form === Form.plain) return { buf, start: this.starts[index]!, end: this.ends[index]! };
    const inner = form === Form.escaped ? 0 : 1;
    const start = this.starts[index]! + inner;
    const end = this.ends[index]! - inner;
    if (form === Form.quoted) return { buf, start, end };
    const { quote, escape } = this.#dialect;
    const text = Buffer.allocUnsafe(end - start);
    let length = 0;
    for (let p = start; p < end;) {
      const c = buf[p]!;
      if (c === escape && c !== 0) {
        const whole = escapeLength(buf, p, end, this.#dialect);
        for (let at = whole > 1 ? p + 1 : p; at < p + whole; at++) text[length++] = buf[at]!;
        p += whole;
        continue;
      }
      text[length++] = c;
      p += c === quote && inner === 1 ? 2 : 1;
    }
    return { buf: text, start: 0, end: length };
  }
}

/** Spellings of null; a quoted field is one only where that was asked for. */
export class Nulls {
  readonly spellings: readonly Buffer[];
  readonly quotedToo: boolean;
  /** Bit i: spelling i has occurred. */
  seen = 0;
  readonly #longest: number;

  constructor(spellings: readonly string[], quotedToo = false) {
    this.quotedToo = quotedToo;
    this.spellings = spellings.map((text) => Buffer.from(text));
    this.#longest = Math.max(-1, ...this.spellings.map((bytes) => bytes.length));
  }

  has(buf: Buffer, start: number, end: number, quoted: boolean): boolean {
    const length = end - start;
    if (length > this.#longest || (quoted && !this.quotedToo)) return false;
    next: for (let index = 0; index < this.spellings.length; index++) {
      const spelling = this.spellings[index]!;
      if (spelling.length !== length) continue;
      for (let at = 0; at < length; at++) if (spelling[at] !== buf[start + at]) continue next;
      this.seen |= 1 << index;
      return true;
    }
    return false;
  }
}
