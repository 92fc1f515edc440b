import { jsonFault } from './json';
import { clock, isDate, isZone, timeOfDay } from './lexical';

/** Whether the bytes `[start, end)` (not a null spelling, quotes taken off) are a value of the type. */
export type Fits = (buf: Buffer, start: number, end: number) => boolean;

/**
 * How values of a declared type are checked. Everything that fits is stored by PostgreSQL as what it says: nothing
 * rounded, cut off, or read by a session's settings.
 */
export interface DeclaredType {
  /** What a value that does not fit is told to be: "not a date (YYYY-MM-DD)". */
  expected: string;
  fits: Fits;
  /** A value is JSON itself: what JSON lines hold goes in as it is written. */
  json?: boolean;
  /** What is wrong with a value that does not fit, where that is more than being something else. */
  why?(buf: Buffer, start: number, end: number): string | undefined;
  /** Bounds within which plain digits need no closer look (see `ColumnSet`); absent: every value is looked at. */
  fast?: { int: number; frac: number; total: number } | 'any' | 'date' | 'timestamp' | 'timestamptz';
}

/** As `format_type` prints it: `numeric(10,2)`, `timestamp(3) without time zone`, `character varying(20)`. */
const SHAPE = /^([a-z][a-z ]*?)(?:\((\d+)(?:,(-?\d+))?\))?( with(?:out)? time zone)?$/;

/**
 * The check of a type by the name PostgreSQL prints for it. `undefined`: Sluice has no grammar for it (arrays, ranges,
 * network addresses, …), PostgreSQL itself will judge the values, and a bad one fails the load.
 */
export function declaredType(type: string, labels?: readonly string[]): DeclaredType | undefined {
  if (labels) return oneOf(labels);
  const match = SHAPE.exec(type);
  if (!match) return undefined;
  const [, base, first, second, zone = ''] = match;
  const size = first === undefined ? undefined : Number(first);
  switch (`${base}${zone}`) {
    case 'text':
      return { expected: 'text', fits: () => true, fast: 'any' };
    case 'character varying':
    case 'character':
      return size === undefined && base === 'character varying'
        ? { expected: 'text', fits: () => true, fast: 'any' }
        : atMost(size ?? 1);
    case 'smallint':
      return integer('smallint', 32767n, 4);
    case 'integer':
      return integer('integer', 2147483647n, 9);
    case 'bigint':
      return integer('bigint', 9223372036854775807n, 18);
    case 'numeric':
      return numeric(size, second === undefined ? 0 : Number(second));
    case 'double precision':
      return {
        expected: 'a number',
        fits: (b, s, e) => isFloat(b, s, e, (n) => n),
        fast: { int: 300, frac: 300, total: 300 },
      };
    case 'real':
      return {
        expected: 'a number',
        fits: (b, s, e) => isFloat(b, s, e, Math.fround),
        fast: { int: 30, frac: 30, total: 30 },
      };
    case 'boolean':
      return {
        expected: 'a boolean',
        fits: (b, s, e) => e - s <= 5 && BOOLEANS.has(b.toString('latin1', s, e).toLowerCase()),
      };
    case 'date':
      return { expected: 'a date (YYYY-MM-DD)', fits: (b, s, e) => isDate(b, s, e, e), fast: 'date' };
    case 'timestamp without time zone':
      return {
        expected: 'a timestamp without a time zone (YYYY-MM-DD HH:MM:SS)',
        fits: (b, s, e) =>
          isDate(b, s, e, e) ||
          (isDate(b, s, s + 10, e) && clock(b, s + 10, e) === e && precise(b, s, e, size)),
        fast: size === undefined ? 'timestamp' : undefined,
      };
    case 'timestamp with time zone':
      return {
        expected: 'a timestamp with a time zone (YYYY-MM-DDTHH:MM:SSZ)',
        fits: (b, s, e) => {
          const to = isDate(b, s, s + 10, e) ? clock(b, s + 10, e) : -1;
          return to > 0 && to < e && isZone(b, to, e) && precise(b, s, to, size);
        },
        fast: size === undefined ? 'timestamptz' : undefined,
      };
    case 'time without time zone':
      return {
        expected: 'a time of day (HH:MM:SS)',
        fits: (b, s, e) => timeOfDay(b, s, e) === e && precise(b, s, e, size),
      };
    case 'uuid':
      return { expected: 'a UUID', fits: (b, s, e) => e - s === 36 && UUID.test(b.toString('latin1', s, e)) };
    case 'json':
    case 'jsonb':
      return {
        expected: 'JSON',
        json: true,
        fits: (b, s, e) => jsonFault(b.toString('utf8', s, e)) === undefined,
        why: (b, s, e) => jsonFault(b.toString('utf8', s, e)),
      };
    case 'bytea':
      return {
        expected: 'bytes (\\x followed by hexadecimal digits)',
        fits: (b, s, e) => BYTEA.test(b.toString('latin1', s, e)),
      };
    default:
      return undefined;
  }
}

const BOOLEANS = new Set(['true', 'false', 't', 'f', 'yes', 'no', 'y', 'n', 'on', 'off', '1', '0']);
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const BYTEA = /^\\x([0-9a-f]{2})*$/i;

function oneOf(labels: readonly string[]): DeclaredType {
  const known = new Set(labels);
  return {
    expected: 'one of the labels of its type',
    fits: (b, s, e) => known.has(b.toString('utf8', s, e)),
  };
}

/** Characters, as PostgreSQL counts them: code points. */
function atMost(limit: number): DeclaredType {
  return {
    expected: `text of at most ${limit} character${limit === 1 ? '' : 's'}`,
    fits: (buf, start, end) => {
      if (end - start <= limit) return true;
      let count = 0;
      for (let p = start; p < end; p++) if ((buf[p]! & 0xc0) !== 0x80) count++;
      return count <= limit;
    },
  };
}

function integer(name: string, max: bigint, fastDigits: number): DeclaredType {
  return {
    expected: `${name === 'integer' ? 'an' : 'a'} ${name}`,
    fits: (buf, start, end) => {
      if (end - start > 1_000) return false;
      const text = buf.toString('latin1', start, end);
      if (!/^[+-]?[0-9]+$/.test(text)) return false;
      const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
      return value <= max && value >= -max - 1n;
    },
    fast: { int: fastDigits, frac: 0, total: fastDigits },
  };
}

const NUMBER = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,4}))?$/;

/** Within precision and scale without rounding. Without them: up to 1,000 digits and exponents up to 1,000. */
function numeric(precision: number | undefined, scale: number): DeclaredType {
  const expected =
    precision === undefined
      ? 'a number'
      : `a number of at most ${precision - scale} digits before and ${scale} after the point`;
  const bounds = precision === undefined ? { int: 300, frac: 300, total: 300 } : boundsOf(precision, scale);
  return {
    expected,
    fits: (buf, start, end) => {
      if (end - start > 2_000) return false;
      const text = buf.toString('latin1', start, end);
      if (/^nan$/i.test(text)) return true;
      if (/^[+-]?inf(inity)?$/i.test(text)) return precision === undefined;
      const match = NUMBER.exec(text);
      if (!match) return false;
      const exponent = Number(match[5] ?? 0);
      if (Math.abs(exponent) > 1_000) return false;
      if (precision === undefined) return true;
      const whole = match[2] ?? '';
      const fraction = (match[3] ?? match[4] ?? '').replace(/0+$/, '');
      const shifted = (whole + fraction).replace(/^0+/, '');
      if (shifted === '') return true;
      // The value is shifted × 10^(exponent - digits of fraction).
      const power = exponent - fraction.length;
      const trailing = /0*$/.exec(shifted)![0].length;
      const after = Math.max(0, -(power + trailing));
      const before = shifted.length + power;
      return after <= scale && before <= precision - scale;
    },
    ...(bounds && { fast: bounds }),
  };
}

function boundsOf(
  precision: number,
  scale: number,
): { int: number; frac: number; total: number } | undefined {
  const int = precision - scale;
  return scale < 0 || int < 1 ? undefined : { int, frac: scale, total: precision };
}

/** In range: no overflow to infinity, no underflow to zero (PostgreSQL refuses both). */
function isFloat(buf: Buffer, start: number, end: number, round: (value: number) => number): boolean {
  if (end - start > 2_000) return false;
  const text = buf.toString('latin1', start, end);
  if (/^([+-]?inf(inity)?|nan)$/i.test(text)) return true;
  const match = NUMBER.exec(text);
  if (!match) return false;
  const value = round(Number(text));
  return Number.isFinite(value) && (value !== 0 || !/[1-9]/.test(text.replace(/[eE].*$/, '')));
}

/** Whether the fraction of a second, if any, has no more than `limit` digits that count. */
function precise(buf: Buffer, start: number, end: number, limit: number | undefined): boolean {
  if (limit === undefined) return true;
  const fraction = /\.([0-9]+)$/.exec(buf.toString('latin1', start, end));
  return !fraction || fraction[1]!.replace(/0+$/, '').length <= limit;
}
