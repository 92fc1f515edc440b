import { Class, type ClassBit, classifyJsonNumber, classifyJsonString } from '../types/lexical';
import { jsonFault } from '../types/json';
import { NULL_REFUSED, type ColumnState } from './columns';
import { Kind, stringValue, walkObject, type KindOf, type Member } from './json-object';
import type { BadRecord, Nulls } from './record';
import { Window } from './window';

const LF = 10;

/** A value of one row, by the place of its column in `JsonColumns.states`. */
export interface JsonValue {
  kind: KindOf;
  /** As written: bytes in the row's buffer. */
  start: number;
  end: number;
  /** Of a string: its text. */
  text: string;
}

export interface JsonSink {
  /** `values` and `buf` are valid during the call only; a column that the row does not have is `Kind.missing`. */
  good?(buf: Buffer, values: readonly JsonValue[]): void;
  bad?(record: BadRecord): void;
}

/** The columns of a load of JSON lines: grows with every new key, or is fixed (other keys are then passed over). */
export class JsonColumns {
  readonly states: ColumnState[] = [];
  readonly #index = new Map<string, number>();
  readonly #make: ((key: string) => ColumnState | undefined) | undefined;

  /** `make`: the column of a key that is new; `undefined` passes it over. */
  constructor(make?: (key: string) => ColumnState | undefined) {
    this.#make = make;
  }

  add(key: string, state: ColumnState): void {
    this.#index.set(key, this.states.push(state) - 1);
  }

  /** -1: the key is passed over. */
  indexOf(key: string): number {
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    const state = this.#make?.(key);
    if (!state) {
      this.#index.set(key, -1);
      return -1;
    }
    this.add(key, state);
    return this.states.length - 1;
  }
}

/**
 * One pass over JSON lines: one object a line. A line is bad when it is not valid JSON or no object, has a key twice, a
 * character PostgreSQL cannot store, or a value that does not fit its column. A line of white space is no record.
 */
export class JsonLinesScanner {
  records = 0;
  rejected = 0;
  readonly #file: string;
  readonly #columns: JsonColumns;
  readonly #nulls: Nulls;
  readonly #sink: JsonSink;
  readonly #window = new Window();
  #values: JsonValue[] = [];
  #line = 1;

  constructor(file: string, columns: JsonColumns, nulls: Nulls, sink: JsonSink) {
    this.#file = file;
    this.#columns = columns;
    this.#nulls = nulls;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    const window = this.#window;
    window.append(chunk);
    for (let end = window.buf.indexOf(LF, window.from); end >= 0 && end < window.to;) {
      this.#take(window.from, end);
      window.from = end + 1;
      end = window.buf.indexOf(LF, window.from);
    }
    window.assertBounded(this.#file, this.#line);
  }

  end(): void {
    this.#window.finish();
    if (this.#window.from < this.#window.to) this.#take(this.#window.from, this.#window.to);
    this.#window.from = this.#window.to;
  }

  #take(start: number, end: number): void {
    const { buf } = this.#window;
    let blank = true;
    for (let p = start; blank && p < end; p++) blank = buf[p] === 32 || buf[p] === 9 || buf[p] === 13;
    if (!blank) {
      this.records++;
      const fault = this.#fault(start, end);
      if (fault === undefined) this.#sink.good?.(buf, this.#values);
      else {
        this.rejected++;
        this.#sink.bad?.({ line: this.#line, ...fault, raw: buf.subarray(start, end) });
      }
    }
    this.#line++;
  }

  #fault(start: number, end: number): { column: string; reason: string } | undefined {
    const { buf } = this.#window;
    const impure = this.#window.impurity(start, end);
    if (impure !== '') return { column: '', reason: impure };
    let object: unknown;
    try {
      object = JSON.parse(buf.toString('utf8', start, end));
    } catch {
      return { column: '', reason: 'not valid JSON' };
    }
    if (object === null || typeof object !== 'object' || Array.isArray(object)) {
      return { column: '', reason: 'not a JSON object' };
    }
    for (const value of this.#values) value.kind = Kind.missing;
    let twice: string | undefined;
    walkObject(buf, start, end, (member) => {
      const at = this.#columns.indexOf(member.key);
      if (at < 0) return;
      const value = this.#value(at);
      if (value.kind !== Kind.missing) twice ??= member.key;
      this.#fill(value, buf, member);
    });
    if (twice !== undefined) return { column: twice, reason: 'the key occurs twice' };
    return this.#judge(buf);
  }

  #value(at: number): JsonValue {
    while (this.#values.length <= at) this.#values.push({ kind: Kind.missing, start: 0, end: 0, text: '' });
    return this.#values[at]!;
  }

  #fill(value: JsonValue, buf: Buffer, { kind, start, end }: Member): void {
    value.kind = kind;
    value.start = start;
    value.end = end;
    value.text = '';
    if (kind !== Kind.string) return;
    value.text = stringValue(buf, start, end);
    if (this.#nulls.spellings.length === 0) return;
    const bytes = Buffer.from(value.text);
    if (this.#nulls.has(bytes, 0, bytes.length, false)) value.kind = Kind.null;
  }

  /** First whether every value may stay, then what is to be learned from them. */
  #judge(buf: Buffer): { column: string; reason: string } | undefined {
    const { states } = this.#columns;
    for (let at = 0; at < states.length; at++) {
      const state = states[at]!;
      const value = this.#value(at);
      const reason = misfit(buf, state, value);
      if (reason !== undefined) return { column: state.name, reason };
    }
    for (let at = 0; at < states.length; at++) {
      const state = states[at]!;
      const value = this.#values[at]!;
      if (value.kind <= Kind.null) continue;
      state.seen = true;
      if (state.infers) state.add(classOf(buf, value), this.#file, this.#line);
    }
    return undefined;
  }
}

function misfit(buf: Buffer, state: ColumnState, value: JsonValue): string | undefined {
  switch (value.kind) {
    case Kind.missing:
    case Kind.null:
      return state.required ? NULL_REFUSED : undefined;
    case Kind.string: {
      if (value.text.includes('\0')) return 'a NUL character';
      if (/\p{Surrogate}/u.test(value.text)) return 'half of a surrogate pair';
      if (state.declared === undefined || state.declared.json) return undefined;
      const bytes = Buffer.from(value.text);
      return state.misfit(bytes, 0, bytes.length, classOf(buf, value));
    }
    case Kind.nested: {
      const fault = jsonFault(buf.toString('utf8', value.start, value.end));
      if (fault !== undefined) return fault;
      return state.declared?.json
        ? undefined
        : state.misfit(buf, value.start, value.end, classOf(buf, value));
    }
    default:
      return state.declared?.json
        ? undefined
        : state.misfit(buf, value.start, value.end, classOf(buf, value));
  }
}

function classOf(buf: Buffer, value: JsonValue): ClassBit {
  switch (value.kind) {
    case Kind.number:
      return classifyJsonNumber(buf, value.start, value.end);
    case Kind.boolean:
      return Class.bool;
    case Kind.nested:
      return Class.json;
    default: {
      const bytes = Buffer.from(value.text);
      return classifyJsonString(bytes, 0, bytes.length);
    }
  }
}
