import { classify, Class, typeOf } from '../types/lexical';
import type { DeclaredType } from '../types/declared';
import { isKept, type PromisedType } from '../types/promised';

/** How the scanner's inner loop may accept a value without calling anybody: whatever it is, … */
export const FAST_ANY = 0;
/** … digits and a point within the bounds of the column, … */
export const FAST_NUMBER = 1;
/** … a date or a timestamp in its plainest form, … */
export const FAST_DATE = 2;
export const FAST_TIMESTAMP = 3;
export const FAST_TIMESTAMPTZ = 4;
/** … or not at all. */
export const FAST_NONE = 5;

const FAST = {
  any: FAST_ANY,
  date: FAST_DATE,
  timestamp: FAST_TIMESTAMP,
  timestamptz: FAST_TIMESTAMPTZ,
  none: FAST_NONE,
} as const;

/** The reason for a null in a column that takes none. */
export const NULL_REFUSED = 'null, where a value is needed';

/** A column over all files of a load: declared and checked, or inferred. */
export class ColumnState {
  readonly name: string;
  /** Null is a fault: a key, a cursor, a NOT NULL column of the target. */
  readonly required: boolean;
  readonly declared: DeclaredType | undefined;
  /** Values are neither checked nor inferred: PostgreSQL judges them. */
  readonly opaque: boolean;
  /** It has had a value, in a record that is good. */
  seen = false;
  /** Union of {@link Class} of the values seen. */
  classes = 0;
  /** Where the first value was seen that made the column `text`, when it had been something else before. */
  widened: { file: string; line: number; from: string } | undefined;
  /** The type was not declared but promised by what is there: values fit it as strictly as it is inferred. */
  readonly promised: PromisedType | undefined;
  /** Where the first value was seen with which the column is no longer what was promised. */
  broken: { file: string; line: number } | undefined;

  constructor(
    name: string,
    options: { required?: boolean; declared?: DeclaredType; promised?: PromisedType; opaque?: boolean } = {},
  ) {
    this.name = name;
    this.promised = options.declared && options.promised;
    this.required = options.required ?? false;
    this.declared = options.declared;
    this.opaque = options.opaque ?? false;
  }

  get infers(): boolean {
    return (this.declared === undefined || this.promised !== undefined) && !this.opaque;
  }

  /** The inferred type. */
  get type(): string {
    return typeOf(this.classes);
  }

  /** Why a value (no null spelling, its quotes taken off) does not fit the declared type; `undefined`: it does. */
  misfit(buf: Buffer, start: number, end: number, found?: number): string | undefined {
    const { declared, promised } = this;
    if (declared === undefined) return undefined;
    const fits = declared.fits(buf, start, end);
    if (!fits) return declared.why?.(buf, start, end) ?? `not ${declared.expected}`;
    if (promised === undefined || isPlain(promised, found ?? classify(buf, start, end), buf, start, end)) {
      return undefined;
    }
    return `not plainly ${declared.expected}: as a whole column it would have another type (\`types\` would allow it)`;
  }

  /** Takes a value into the inference; true when its class is new to the column. */
  learn(buf: Buffer, start: number, end: number, file: string, line: number): boolean {
    return this.add(classify(buf, start, end), file, line);
  }

  add(found: number, file: string, line: number): boolean {
    const classes = this.classes | found;
    if (classes === this.classes) return false;
    if (this.promised) {
      if (!isKept(this.promised, classes)) this.broken ??= { file, line };
      else this.broken = undefined;
    }
    if (this.classes !== 0 && typeOf(classes) === 'text' && this.type !== 'text') {
      this.widened = { file, line, from: this.type };
    }
    this.classes = classes;
    return true;
  }
}

/** The columns of one file, in its order, as the arrays the inner loop reads. */
export class ColumnSet {
  readonly states: readonly ColumnState[];
  readonly fast: Uint8Array;
  readonly maxInt: Uint16Array;
  readonly maxFrac: Uint16Array;
  readonly maxTotal: Uint16Array;
  readonly #lookAtText: boolean;

  /** `lookAtText`: nulls matter in text columns too (more than one spelling, or the rows are rewritten). */
  constructor(states: readonly ColumnState[], lookAtText: boolean) {
    this.states = states;
    this.fast = new Uint8Array(states.length);
    this.maxInt = new Uint16Array(states.length);
    this.maxFrac = new Uint16Array(states.length);
    this.maxTotal = new Uint16Array(states.length);
    this.#lookAtText = lookAtText;
    states.forEach((_, index) => this.refresh(index));
  }

  /** After the column's classes have grown. */
  refresh(index: number): void {
    const state = this.states[index]!;
    // The first value of a column is looked at, so that it is known to have one.
    if (!state.seen && !state.opaque) {
      this.fast[index] = FAST_NONE;
      return;
    }
    const bounds = state.promised
      ? promisedBounds(state.promised, state)
      : state.declared
        ? state.declared.fast
        : state.opaque
          ? 'any'
          : inferredBounds(state.classes);
    if (typeof bounds === 'object') {
      this.fast[index] = FAST_NUMBER;
      this.maxInt[index] = bounds.int;
      this.maxFrac[index] = bounds.frac;
      this.maxTotal[index] = bounds.total;
      return;
    }
    const lookedAt = bounds === 'any' && (state.required || this.#lookAtText);
    this.fast[index] = FAST[lookedAt ? 'none' : (bounds ?? 'none')];
  }
}

/**
 * Bounds of values that cannot change the type of a column with these classes: an integer beside decimals, a short
 * number beside long ones.
 */
function inferredBounds(classes: number): DeclaredType['fast'] {
  if ((classes & Class.text) !== 0) return 'any';
  if (classes === Class.date) return 'date';
  if (classes === Class.timestamp) return 'timestamp';
  if (classes === Class.timestamptz) return 'timestamptz';
  if ((classes & (Class.dec | Class.decWide)) !== 0) {
    const total = (classes & Class.decWide) !== 0 ? 300 : 15;
    return { int: 15, frac: total, total };
  }
  if ((classes & (Class.int | Class.intWide)) !== 0) {
    const total = (classes & Class.intWide) !== 0 ? 18 : 15;
    return { int: total, frac: 0, total };
  }
  return undefined;
}

/** The promise's bounds, within those of the type itself. */
function promisedBounds(promised: PromisedType, { classes, declared }: ColumnState): DeclaredType['fast'] {
  const [own, fast] = [declared!.fast, inferredBounds(promised.base | classes)];
  if (typeof own !== 'object' || typeof fast !== 'object') return own === fast ? fast : undefined;
  const total = Math.min(own.total, fast.total, promised.digits ?? fast.total);
  return { int: Math.min(own.int, fast.int), frac: Math.min(own.frac, fast.frac), total };
}

function isPlain(
  { allowed, digits }: PromisedType,
  found: number,
  buf: Buffer,
  start: number,
  end: number,
): boolean {
  if ((found & ~allowed) !== 0) return false;
  if (digits === undefined) return true;
  const [mantissa] = buf.toString('latin1', start, end).split(/e/i);
  return mantissa!.replace(/[^0-9]/g, '').replace(/^0+/, '').length <= digits;
}
