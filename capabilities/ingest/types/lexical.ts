/**
 * What a value looks like: Sluice's own grammar per type, over bytes, so that no session setting and no leniency of
 * PostgreSQL (`today`, `01/02/2013` by DateStyle, `1_000`, `0x10`) can change what a file says. A value has exactly one
 * class; a column's type is a function of the set of classes seen, so the order of rows and files does not matter.
 */

/** Bits, to be combined. */
export const Class = {
  /** true, false; also TRUE, False, … (one case throughout) */
  bool: 1 << 0,
  /** Canonical integer of at most 15 digits: exact in every number type. */
  int: 1 << 1,
  /** Canonical integer of 16 to 19 digits that a bigint holds. */
  intWide: 1 << 2,
  /** Canonical integer beyond bigint. */
  intBig: 1 << 3,
  /** Decimal of at most 15 digits: exact in `double precision` too. */
  dec: 1 << 4,
  decWide: 1 << 5,
  /** With an exponent, at most 15 digits, within the range of `double precision`. */
  exp: 1 << 6,
  expWide: 1 << 7,
  /** NaN and the infinities. */
  special: 1 << 8,
  /** -0, -0.0: only `double precision` keeps the sign. */
  negativeZero: 1 << 9,
  date: 1 << 10,
  timestamp: 1 << 11,
  timestamptz: 1 << 12,
  text: 1 << 13,
  /** A JSON object or array (JSON lines only). */
  json: 1 << 14,
  /** `1e3`: what some programs write for 1000, and how codes look (`1E5`). The rest of the column tells which. */
  expBare: 1 << 15,
} as const;

/** One bit of {@link Class}. */
export type ClassBit = (typeof Class)[keyof typeof Class];

const NUMBERS =
  Class.int |
  Class.intWide |
  Class.intBig |
  Class.dec |
  Class.decWide |
  Class.exp |
  Class.expWide |
  Class.special |
  Class.negativeZero;
const INTEGERS = Class.int | Class.intWide;
const EXACT = INTEGERS | Class.intBig | Class.dec | Class.decWide;
const WIDE = Class.intWide | Class.intBig | Class.decWide | Class.expWide;

/** Values that only a column of decimals has. */
const DECIMALS = Class.dec | Class.decWide | Class.exp | Class.expWide;

/**
 * The narrowest type that stores every value seen without changing what it means; `text` where there is none (also
 * when every value was null). Integers are `bigint`: an id that grows must not break tomorrow's load.
 */
export function typeOf(classes: number): string {
  if ((classes & Class.expBare) !== 0) {
    return (classes & DECIMALS) === 0 ? 'text' : typeOf((classes & ~Class.expBare) | Class.exp);
  }
  if (classes === Class.bool) return 'boolean';
  if (classes === Class.date) return 'date';
  if (classes === Class.timestamp) return 'timestamp without time zone';
  if (classes === Class.timestamptz) return 'timestamp with time zone';
  if ((classes & Class.json) !== 0) return 'jsonb';
  if (classes === 0 || (classes & ~NUMBERS) !== 0) return 'text';
  if ((classes & ~INTEGERS) === 0) return 'bigint';
  if ((classes & ~EXACT) === 0) return 'numeric';
  if ((classes & ~Class.special) === 0) return 'text';
  if ((classes & WIDE) === 0) return 'double precision';
  // Too many digits for a double: numeric holds them all, but not a negative zero.
  return (classes & Class.negativeZero) === 0 ? 'numeric' : 'text';
}

const MINUS = 45;
const PLUS = 43;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
/** Digits of the largest bigint, and of the smallest one without its sign. */
const MAX_INT64 = Buffer.from('9223372036854775807');
const MIN_INT64 = Buffer.from('9223372036854775808');
/** Numeric holds 131,072 digits before and 16,383 after the point; far beyond what is a number in a file. */
const MAX_DIGITS = 1_000;
/** Decimal exponents with which 15 digits neither overflow nor lose digits in a double. */
const DOUBLE_EXPONENT = 290;

/** The class of a JSON number: as elsewhere, but `1E5` is a number here, for its quotes would say if it were a code. */
export function classifyJsonNumber(buf: Uint8Array, start: number, end: number): ClassBit {
  const found = classifyNumber(buf, start, end);
  if (found !== Class.text && found !== Class.expBare) return found;
  const text = Buffer.from(buf.subarray(start, end)).toString('latin1');
  const signed = Buffer.from(text.replace(/e(?=[0-9])/i, 'e+'));
  return classifyNumber(signed, 0, signed.length);
}

/** The class of a JSON string: a date or timestamp, or text. `"5"` is text, or there would be no quotes. */
export function classifyJsonString(buf: Uint8Array, start: number, end: number): ClassBit {
  return end - start >= 10 && buf[start]! >= ZERO && buf[start]! <= NINE
    ? classifyTime(buf, start, end)
    : Class.text;
}

/** The class of the bytes `[start, end)`, which are not a null spelling. */
export function classify(buf: Uint8Array, start: number, end: number): ClassBit {
  if (start === end) return Class.text;
  const first = buf[start]!;
  if ((first >= ZERO && first <= NINE) || first === MINUS || first === DOT) {
    const number = classifyNumber(buf, start, end);
    if (number !== Class.text) return number;
    return first === MINUS || first === DOT ? classifyWord(buf, start, end) : classifyTime(buf, start, end);
  }
  return classifyWord(buf, start, end);
}

function digits(buf: Uint8Array, at: number, end: number): number {
  let p = at;
  while (p < end && buf[p]! >= ZERO && buf[p]! <= NINE) p++;
  return p;
}

function classifyNumber(buf: Uint8Array, start: number, end: number): ClassBit {
  const negative = buf[start] === MINUS;
  const intStart = negative ? start + 1 : start;
  const intEnd = digits(buf, intStart, end);
  const intDigits = intEnd - intStart;
  // 007 is a code, not a number.
  if (intDigits > 1 && buf[intStart] === ZERO) return Class.text;
  if (intEnd === end) return intDigits === 0 ? Class.text : classifyInteger(buf, intStart, end, negative);
  let mantissaEnd = intEnd;
  if (buf[intEnd] === DOT) {
    mantissaEnd = digits(buf, intEnd + 1, end);
    if (mantissaEnd === intEnd + 1) return Class.text;
  } else if (intDigits === 0) return Class.text;
  const total = mantissaEnd - intStart;
  if (total > MAX_DIGITS) return Class.text;
  const zero = isZero(buf, intStart, mantissaEnd);
  const wide = total - (mantissaEnd > intEnd ? 1 : 0) > 15;
  if (mantissaEnd === end) {
    if (zero && negative) return Class.negativeZero;
    return wide ? Class.decWide : Class.dec;
  }
  const exponent = exponentOf(buf, mantissaEnd, end);
  if (exponent === undefined) return Class.text;
  if (zero && negative) return Class.negativeZero;
  const signed = buf[mantissaEnd + 1] === MINUS || buf[mantissaEnd + 1] === PLUS;
  if (!signed && mantissaEnd === intEnd)
    return !wide && exponent <= DOUBLE_EXPONENT ? Class.expBare : Class.text;
  if (Math.abs(exponent) <= DOUBLE_EXPONENT) return wide ? Class.expWide : Class.exp;
  return Math.abs(exponent) <= MAX_DIGITS ? Class.expWide : Class.text;
}

function classifyInteger(buf: Uint8Array, start: number, end: number, negative: boolean): ClassBit {
  if (negative && end - start === 1 && buf[start] === ZERO) return Class.negativeZero;
  const length = end - start;
  if (length <= 15) return Class.int;
  if (length > MAX_DIGITS) return Class.text;
  const limit = negative ? MIN_INT64 : MAX_INT64;
  if (length < limit.length) return Class.intWide;
  if (length > limit.length) return Class.intBig;
  return Buffer.compare(buf.subarray(start, end), limit) <= 0 ? Class.intWide : Class.intBig;
}

/** The exponent at `at`; `undefined`: it is none. */
function exponentOf(buf: Uint8Array, at: number, end: number): number | undefined {
  if ((buf[at]! | 32) !== 101) return undefined;
  const sign = buf[at + 1];
  const signed = sign === MINUS || sign === PLUS;
  const from = at + (signed ? 2 : 1);
  if (from >= end || end - from > 4 || digits(buf, from, end) !== end) return undefined;
  let value = 0;
  for (let p = from; p < end; p++) value = value * 10 + buf[p]! - ZERO;
  return sign === MINUS ? -value : value;
}

function isZero(buf: Uint8Array, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if (buf[p] !== ZERO && buf[p] !== DOT) return false;
  return true;
}

const WORDS = new Map<string, ClassBit>([
  ...['true', 'false', 'TRUE', 'FALSE', 'True', 'False'].map((word) => [word, Class.bool] as const),
  ...['NaN', 'nan', 'Infinity', '-Infinity', 'Inf', '-Inf', 'inf', '-inf'].map(
    (word) => [word, Class.special] as const,
  ),
]);

function classifyWord(buf: Uint8Array, start: number, end: number): ClassBit {
  if (end - start > 9) return Class.text;
  let word = '';
  for (let p = start; p < end; p++) word += String.fromCharCode(buf[p]!);
  return WORDS.get(word) ?? Class.text;
}

function classifyTime(buf: Uint8Array, start: number, end: number): ClassBit {
  if (!isDate(buf, start, start + 10, end)) return Class.text;
  if (end === start + 10) return Class.date;
  const clockEnd = clock(buf, start + 10, end);
  if (clockEnd < 0) return Class.text;
  if (clockEnd === end) return Class.timestamp;
  return isZone(buf, clockEnd, end) ? Class.timestamptz : Class.text;
}

function two(buf: Uint8Array, at: number): number {
  const high = buf[at]! - ZERO;
  const low = buf[at + 1]! - ZERO;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : -1;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `YYYY-MM-DD` of the (proleptic) Gregorian calendar, years 0001 to 9999, at `[start, to)` within `end`. */
export function isDate(buf: Uint8Array, start: number, to: number, end: number): boolean {
  if (to - start !== 10 || to > end || buf[start + 4] !== MINUS || buf[start + 7] !== MINUS) return false;
  const century = two(buf, start);
  const rest = two(buf, start + 2);
  const month = two(buf, start + 5);
  const day = two(buf, start + 8);
  if (century < 0 || rest < 0 || month < 1 || month > 12 || day < 1) return false;
  const year = century * 100 + rest;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year > 0 && day <= (month === 2 && leap ? 29 : DAYS[month - 1]!);
}

/**
 * End of ` HH:MM[:SS[.ffffff]]` (or with a `T`) at `at`, -1 if it is none. Digits beyond microseconds must be zeros
 * (PostgreSQL would round); 24:00 and second 60 are refused (it would roll over).
 */
export function clock(buf: Uint8Array, at: number, end: number): number {
  if ((buf[at] !== 84 && buf[at] !== 32) || at + 6 > end) return -1;
  return timeOfDay(buf, at + 1, end);
}

export function timeOfDay(buf: Uint8Array, at: number, end: number): number {
  if (at + 5 > end || buf[at + 2] !== 58) return -1;
  const hour = two(buf, at);
  const minute = two(buf, at + 3);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return -1;
  let p = at + 5;
  if (p + 3 > end || buf[p] !== 58) return p;
  const second = two(buf, p + 1);
  if (second < 0 || second > 59) return -1;
  p += 3;
  if (p >= end || buf[p] !== DOT) return p;
  const to = digits(buf, p + 1, end);
  if (to === p + 1) return -1;
  for (let extra = p + 7; extra < to; extra++) if (buf[extra] !== ZERO) return -1;
  return to;
}

/** `Z`, ` UTC`, `±HH`, `±HHMM` or `±HH:MM` (also after a space), up to 15:59. */
export function isZone(buf: Uint8Array, at: number, end: number): boolean {
  let p = at;
  if (buf[p] === 90) return p + 1 === end;
  if (buf[p] === 32) p++;
  if (end - p === 3 && buf[p] === 85 && buf[p + 1] === 84 && buf[p + 2] === 67) return p > at;
  if (buf[p] !== PLUS && buf[p] !== MINUS) return false;
  p++;
  const length = end - p;
  if (length !== 2 && length !== 4 && length !== 5) return false;
  const hour = two(buf, p);
  if (hour < 0 || hour > 15) return false;
  if (length === 2) return true;
  if (length === 5 && buf[p + 2] !== 58) return false;
  const minute = two(buf, end - 2);
  return minute >= 0 && minute <= 59;
}
