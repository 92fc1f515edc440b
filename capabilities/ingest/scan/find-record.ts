import { isDate } from '../types/lexical';
import {
  FAST_ANY,
  FAST_DATE,
  FAST_NUMBER,
  FAST_TIMESTAMP,
  FAST_TIMESTAMPTZ,
  type ColumnSet,
} from './columns';
import { CR, LF } from './line-end';
import { plainTimestamp } from './plain-timestamp';
import { Form, type Dialect, type Fields } from './record';

const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const ZULU = 90;

/** The record's end is not among the bytes yet. */
export const INCOMPLETE = -1;
/** The bytes end in a quote that has swallowed line ends. */
export const UNCLOSED = -2;

/**
 * The inner loop of the scanner: finds the fields of one record. Values that their column accepts at a glance are done
 * with; the others are left pending until the record is known to be whole. All it knows of a record is in `fields`.
 */
export class RecordFinder {
  /** Where the quote was opened that is not closed. */
  opened = 0;
  readonly #delimiter: number;
  /** -1: nothing is quoted. */
  readonly #quote: number;
  /** -1: there is none. */
  readonly #escape: number;
  readonly #columns: ColumnSet;
  readonly #fields: Fields;
  readonly #keep: boolean;
  /** 1 for bytes that end the run of plain characters in a field. */
  readonly #special = new Uint8Array(256);

  /** `keep`: where accepted values lie is wanted too. */
  constructor({ delimiter, quote, escape }: Dialect, columns: ColumnSet, fields: Fields, keep: boolean) {
    this.#delimiter = delimiter;
    this.#quote = quote === 0 ? -1 : quote;
    this.#escape = escape === 0 ? -1 : escape;
    this.#columns = columns;
    this.#fields = fields;
    this.#keep = keep;
    for (const byte of [LF, CR, delimiter, quote, escape]) if (byte !== 0) this.#special[byte] = 1;
  }

  /**
   * The record at `start` of the bytes up to `to`, after which a line end must stand as a sentinel. `last`: no more bytes
   * will come. Returns where it ends (its line end, or `to`), {@link INCOMPLETE} or {@link UNCLOSED}.
   */
  find(buf: Buffer, start: number, to: number, last: boolean): number {
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const escape = this.#escape;
    const special = this.#special;
    const fields = this.#fields;
    const keep = this.#keep;
    const { fast, maxInt, maxFrac, maxTotal } = this.#columns;
    const { starts, ends, quoted, pending } = fields;
    const limit = fast.length;
    fields.begin();
    let pendingCount = 0;
    let column = 0;
    let p = start;
    for (;;) {
      const from = p;
      let isQuoted = 0;
      let accepted = false;
      const kind = column < limit ? fast[column]! : FAST_ANY;
      let c = buf[p]!;

      // What most fields of most files are, first: digits that fit, or any plain text, and another field after it.
      if (kind === FAST_NUMBER) {
        while (c >= ZERO && c <= NINE) c = buf[++p]!;
        const digits = p - from;
        accepted =
          c === delimiter &&
          digits > 0 &&
          digits <= maxInt[column]! &&
          (digits === 1 || buf[from] !== ZERO) &&
          digits <= maxTotal[column]!;
      } else if (kind === FAST_ANY && c !== quote) {
        while (special[c] === 0) c = buf[++p]!;
        accepted = c === delimiter;
      }
      if (accepted) {
        if (keep && column < limit) {
          starts[column] = from;
          ends[column] = p;
          quoted[column] = 0;
        }
        column++;
        p++;
        continue;
      }

      p = from;
      c = buf[p]!;
      if (c === quote) {
        p = fields.skipQuoted(buf, p + 1, to);
        if (p < 0) {
          if (!last) return INCOMPLETE;
          this.opened = from;
          // A line end that is the very last byte ends the file, not a line that was swallowed.
          const swallowed = buf.subarray(from, to - 1);
          if (swallowed.includes(LF) || swallowed.includes(CR)) return UNCLOSED;
          fields.fault = 'a quote that is not closed';
          return to;
        }
        isQuoted = fields.escaped ? Form.quotedWithin : Form.quoted;
        c = buf[p]!;
        if (p < to && c !== delimiter && c !== LF && c !== CR) {
          fields.fault = 'text after a closing quote';
          while (c !== LF && c !== CR) c = buf[++p]!;
        }
        accepted = kind === FAST_ANY;
      } else {
        switch (kind) {
          case FAST_NUMBER: {
            if (c === MINUS) c = buf[++p]!;
            const digits = p;
            while (c >= ZERO && c <= NINE) c = buf[++p]!;
            const whole = p - digits;
            let total = whole;
            if (c === DOT) {
              c = buf[++p]!;
              const point = p;
              while (c >= ZERO && c <= NINE) c = buf[++p]!;
              const fraction = p - point;
              total += fraction;
              if (fraction === 0 || fraction > maxFrac[column]!) total = 0;
            }
            accepted =
              total > 0 &&
              total <= maxTotal[column]! &&
              whole > 0 &&
              whole <= maxInt[column]! &&
              (buf[digits] !== ZERO || (whole === 1 && digits === from));
            break;
          }
          case FAST_DATE:
            accepted = isDate(buf, p, p + 10, to);
            if (accepted) p += 10;
            break;
          case FAST_TIMESTAMP:
          case FAST_TIMESTAMPTZ: {
            const end = plainTimestamp(buf, p, to);
            if (end < 0) break;
            p = end;
            accepted = kind === FAST_TIMESTAMP;
            if (!accepted && buf[p] === ZULU) {
              p++;
              accepted = true;
            }
            break;
          }
          case FAST_ANY:
            accepted = true;
            break;
        }
        // Whatever is left of the field makes it something else than what was accepted.
        for (;;) {
          while (special[(c = buf[p]!)] === 0) {
            p++;
            accepted = kind === FAST_ANY;
          }
          if (c !== escape) break;
          accepted = kind === FAST_ANY;
          // What the escape makes plain, or the `\n` of an escaped `\r\n`, may be among the bytes to come.
          if (!last && (p + 1 >= to || (buf[p + 1] === CR && p + 2 >= to))) return INCOMPLETE;
          const length = fields.escapedAt(buf, p, to);
          if (length > 1) isQuoted = Form.escaped;
          p += length;
        }
        if (c === quote) {
          fields.fault = 'a quote inside a field that does not begin with one';
          while (c !== LF && c !== CR) c = buf[++p]!;
        }
      }
      if (p >= to && !last) return INCOMPLETE;
      if (column < limit) {
        starts[column] = from;
        ends[column] = p;
        quoted[column] = isQuoted;
        if (!accepted) pending[pendingCount++] = column;
      }
      column++;
      if (p >= to || c === LF || c === CR) break;
      p++;
    }
    fields.count = column;
    fields.pendingCount = pendingCount;
    return p;
  }
}
