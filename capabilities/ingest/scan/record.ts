import { CR, LF } from './line-end';

export interface Dialect {
  /** One byte each; quote 0: no quoting. */
  delimiter: number;
  quote: number;
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
  /** 0: plain, 1: quoted, 2: quoted with a doubled quote inside. */
  readonly quoted: Uint8Array;
  /** Columns whose value must be looked at. */
  readonly pending: Int32Array;
  count = 0;
  pendingCount = 0;
  /** Line breaks inside quotes. */
  lineBreaks = 0;
  /** What is wrong with the record's form; empty: nothing. */
  fault = '';
  /** Whether the quoted field skipped last has a doubled quote in it. */
  escaped = false;
  readonly #quote: number;

  constructor(columns: number, quote: number) {
    this.starts = new Int32Array(columns);
    this.ends = new Int32Array(columns);
    this.quoted = new Uint8Array(columns);
    this.pending = new Int32Array(columns);
    this.#quote = quote;
  }

  begin(): void {
    this.lineBreaks = 0;
    this.fault = '';
  }

  /** From the byte after an opening quote to the one after the closing quote; -1: there is none before `to`. */
  skipQuoted(buf: Buffer, at: number, to: number, quote: number): number {
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
      }
    }
    return -1;
  }

  /** The bytes a field stands for: as they are, or without its quotes. */
  value(buf: Buffer, index: number): { buf: Buffer; start: number; end: number } {
    const quoted = this.quoted[index]!;
    if (quoted === 0) return { buf, start: this.starts[index]!, end: this.ends[index]! };
    const start = this.starts[index]! + 1;
    const end = this.ends[index]! - 1;
    if (quoted === 1) return { buf, start, end };
    const text = Buffer.allocUnsafe(end - start);
    let length = 0;
    for (let p = start; p < end; p++) {
      text[length++] = buf[p]!;
      if (buf[p] === this.#quote) p++;
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
