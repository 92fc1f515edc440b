import { fail } from '../../../schemas/errors';
import { NULL_REFUSED, type ColumnSet } from './columns';
import { INCOMPLETE, RecordFinder, UNCLOSED } from './find-record';
import { CR, LF, LINE_END } from './line-end';
import { Fields, type Dialect, type Nulls, type Sink } from './record';
import { Window } from './window';

export interface Lines {
  count: number;
  line: number;
}

/** How much of the last record is kept. */
const BEGINNING = 80;

/**
 * One pass over a delimited file (RFC 4180 with any one-byte delimiter and quote, any line end): finds the records,
 * checks or infers every column, and hands each record to the sink, good or bad. No string is made for a good row.
 *
 * A record is bad when it has too few or too many fields, a NUL, bytes that are not UTF-8, a stray quote, a value that
 * does not fit, or a null where none may be. What a bad record says counts for nothing, types included.
 * An empty line is no record, except where records have one field: there it is one that is empty.
 */
export class DelimitedScanner {
  /** Records seen, good and bad. */
  records = 0;
  rejected = 0;
  lineEnds = 0;
  blankLines = 0;
  /** Empty lines between records, and records of which every field is empty: how many, and the line of the first. */
  readonly between: Lines = { count: 0, line: 0 };
  readonly hollow: Lines = { count: 0, line: 0 };
  /** The record that came last: its line, and how it begins. */
  last = { line: 0, text: '' };
  readonly nulls: Nulls;
  readonly #file: string;
  readonly #columns: ColumnSet;
  readonly #sink: Sink;
  readonly #fields: Fields;
  readonly #finder: RecordFinder;
  readonly #window = new Window();
  #line: number;
  /** Empty lines after the record that came last, and the first of them. */
  #empty = 0;
  #emptyLine = 0;

  /** `line`: physical line on which the first byte lies, from 1. */
  constructor(file: string, line: number, dialect: Dialect, columns: ColumnSet, nulls: Nulls, sink: Sink) {
    this.#file = file;
    this.#line = line;
    this.#columns = columns;
    this.nulls = nulls;
    this.#sink = sink;
    this.#fields = new Fields(columns.states.length, dialect);
    this.#finder = new RecordFinder(dialect, columns, this.#fields, sink.good !== undefined);
  }

  /** Takes the next bytes, which are copied. Throws `source_invalid` for a record that has no end. */
  push(chunk: Buffer): void {
    this.#window.append(chunk);
    this.#run(false);
    this.#window.assertBounded(this.#file, this.#line);
  }

  /** The end of the file. Throws `source_invalid` for a quote that is not closed and has swallowed lines. */
  end(): void {
    this.#window.finish();
    this.#run(true);
  }

  /** Takes records off the front of the work buffer while they are whole (or, at the end of the file, all). */
  #run(last: boolean): void {
    const fields = this.#fields;
    const columns = this.#columns;
    const sink = this.#sink;
    const window = this.#window;
    const count = columns.states.length;
    let lastStart = -1;
    let lastLine = 0;
    while (window.from < window.to) {
      const start = window.from;
      let end = window.buf[start]!;
      if (count > 1 && (end === LF || end === CR)) {
        if (!this.#blank(start, last)) break;
        continue;
      }
      end = this.#finder.find(window.buf, start, window.to, last);
      if (end === INCOMPLETE) break;
      if (end === UNCLOSED) throw this.#unclosed(start);
      const next = this.#afterLineEnd(end, last);
      if (next < 0) break;
      this.records++;
      if (this.#empty > 0) this.#closeGap();
      if (count > 1 && fields.count === count && end - start === count - 1) note(this.hollow, 1, this.#line);
      lastStart = start;
      lastLine = this.#line;
      let reason = fields.fault || (fields.count === count ? '' : raggedness(fields.count, count));
      if (window.dirty && reason === '') reason = window.impurity(start, end);
      const blamed = reason === '' && fields.pendingCount > 0 ? this.#judge() : undefined;
      if (blamed !== undefined) reason = fields.fault;
      if (reason === '') sink.good?.(window.buf, fields);
      else {
        this.rejected++;
        const column = blamed === undefined ? '' : columns.states[blamed]!.name;
        sink.bad?.({ line: this.#line, column, reason, raw: window.buf.subarray(start, end) });
      }
      this.#line += 1 + fields.lineBreaks;
      window.from = next;
    }
    if (lastStart < 0) return;
    const text = window.buf.toString('utf8', lastStart, Math.min(lastStart + BEGINNING, window.from));
    this.last = { line: lastLine, text };
  }

  #closeGap(): void {
    if (this.records > 1) note(this.between, this.#empty, this.#emptyLine);
    this.#empty = 0;
  }

  #blank(start: number, last: boolean): boolean {
    const next = this.#afterLineEnd(start, last);
    if (next < 0) return false;
    this.blankLines++;
    if (this.#empty++ === 0) this.#emptyLine = this.#line;
    this.#line++;
    this.#window.from = next;
    return true;
  }

  /** Where the next record starts after one that ends at `end`; -1: not known before more bytes have come. */
  #afterLineEnd(end: number, last: boolean): number {
    const { buf, to } = this.#window;
    if (end >= to) return to;
    if (buf[end] === LF) {
      this.lineEnds |= LINE_END.lf;
      return end + 1;
    }
    if (end + 1 >= to && !last) return -1;
    if (end + 1 < to && buf[end + 1] === LF) {
      this.lineEnds |= LINE_END.crlf;
      return end + 2;
    }
    this.lineEnds |= LINE_END.cr;
    return end + 1;
  }

  /**
   * Looks at the pending values. Returns the column that is to blame (the reason is the record's fault), or lets the
   * others learn from theirs: only from a record that is good altogether.
   */
  #judge(): number | undefined {
    const fields = this.#fields;
    const { states } = this.#columns;
    let lessons = 0;
    for (let index = 0; index < fields.pendingCount; index++) {
      const at = fields.pending[index]!;
      const state = states[at]!;
      const { buf, start, end } = fields.value(this.#window.buf, at);
      if (this.nulls.has(buf, start, end, fields.quoted[at] !== 0)) {
        if (!state.required) continue;
        fields.fault = NULL_REFUSED;
        return at;
      }
      const why = state.misfit(buf, start, end);
      if (why !== undefined) {
        fields.fault = why;
        return at;
      }
      if (state.infers || !state.seen) fields.pending[lessons++] = at;
    }
    for (let index = 0; index < lessons; index++) {
      const at = fields.pending[index]!;
      const state = states[at]!;
      const first = !state.seen;
      state.seen = true;
      const { buf, start, end } = fields.value(this.#window.buf, at);
      const learned = state.infers && state.learn(buf, start, end, this.#file, this.#line);
      if (first || learned) this.#columns.refresh(at);
    }
    return undefined;
  }

  /** A quote that is closed nowhere: over several lines, nobody knows what it has swallowed. */
  #unclosed(start: number): Error {
    const place = `${this.#file}:${this.#line}:${this.#finder.opened - start + 1}`;
    return fail('source_invalid', `${place} opens a quote that is never closed.`, {
      next: 'Correct the file, or declare its quote (from.quote: "" for none).',
      place,
    });
  }
}

function note(lines: Lines, count: number, line: number): void {
  if (lines.count === 0) lines.line = line;
  lines.count += count;
}

function raggedness(found: number, expected: number): string {
  return `${found} field${found === 1 ? '' : 's'} instead of ${expected}`;
}
