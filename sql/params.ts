import type { ParamValue } from '../schemas/goal';
import { Faults } from './faults';
import { placeOf, showPlace } from './place';
import { quoteIdent, quoteLiteral } from './quote';
import { scanSql, type Token } from './scan';
import { asSqlText, invalidSql, type SqlText } from './text';

/**
 * A goal's parameters in SQL, in psql's well-known spelling: `:name` is a value, `:"name"` an identifier. They are
 * found with PostgreSQL's own scanner, so strings, comments, casts (`::`) and `:=` are left alone. What is put in is
 * always one whole token group: a quoted literal in parentheses, or one quoted identifier. Literals and not `$1`,
 * because views, defaults, checks and all other DDL take no bind parameters.
 *
 * A declared name with a `-` is written with a `_` (`:start_date` finds `start-date`). A slice of an array needs a
 * blank after its colon: `a[1 : n]`.
 *
 * Throws `invalid_sql`, with the place, for each name that is not declared and a value that cannot be written.
 */
export async function bindParams(
  sql: string | SqlText,
  params: Readonly<Record<string, ParamValue>>,
): Promise<SqlText> {
  const source = asSqlText(sql);
  const tokens = await scanSql(source);
  const pieces: { from: number; to: number; text: string }[] = [];
  const faults = new Faults();
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    if (token.text !== ':' || !next || next.start !== token.end || !next.isWord) continue;
    const text = await faults.gather(() => bound(source, token, next, params));
    pieces.push({ from: token.start, to: next.end, text: text ?? '' });
  }
  faults.report();
  return splice(source, pieces);
}

function bound(
  source: SqlText,
  colon: Token,
  word: Token,
  params: Readonly<Record<string, ParamValue>>,
): string {
  const quoted = word.text.startsWith('"');
  const name = quoted ? word.text.slice(1, -1).replaceAll('""', '"') : word.text;
  const key = [name, name.replaceAll('_', '-')].find((candidate) => Object.hasOwn(params, candidate));
  const value = key === undefined ? undefined : params[key];
  if (value === undefined) {
    const known = Object.keys(params).map((each) => `:${each}`);
    const next = `Declare it under \`params\`${known.length > 0 ? ` (declared: ${known.join(', ')})` : ''}; for a slice of an array write a blank after the colon.`;
    throw invalidSql(source, colon.start, `The parameter "${name}" is not declared.`, next);
  }
  try {
    // The blanks keep what stands directly before or after from joining in (`E:x`, `U&:"x"`).
    return ` ${quoted ? identifier(value) : literal(value)} `;
  } catch (error) {
    const next = 'Give another value.';
    throw invalidSql(
      source,
      colon.start,
      `The value of "${name}" cannot be used: ${(error as Error).message}.`,
      next,
    );
  }
}

function identifier(value: ParamValue): string {
  if (typeof value !== 'string') throw new RangeError('an identifier must be a string');
  if (Buffer.byteLength(value) > 63) throw new RangeError('an identifier has at most 63 bytes');
  return quoteIdent(value);
}

/** A string stays untyped, as a literal written by hand would be, so that it fits dates, numbers and text alike. */
function literal(value: ParamValue): string {
  if (typeof value === 'string') {
    if (/\p{Surrogate}/u.test(value)) throw new RangeError('it holds half of a surrogate pair');
    return `(${quoteLiteral(value).trim()})`;
  }
  if (typeof value === 'boolean') return `('${value}'::boolean)`;
  if (!Number.isFinite(value)) throw new RangeError('a number must be finite');
  return `('${value}'::${numberType(value)})`;
}

function numberType(value: number): string {
  if (!Number.isSafeInteger(value)) return 'numeric';
  return Math.abs(value) <= 0x7fffffff ? 'integer' : 'bigint';
}

function splice(source: SqlText, pieces: readonly { from: number; to: number; text: string }[]): SqlText {
  if (pieces.length === 0) return source;
  let text = '';
  let read = 0;
  const bounds: { at: number; original: number; length: number }[] = [];
  for (const piece of pieces) {
    text += source.text.slice(read, piece.from);
    bounds.push({ at: text.length, original: piece.from, length: piece.text.length });
    text += piece.text;
    read = piece.to;
  }
  text += source.text.slice(read);
  const original = (offset: number): number => {
    let shift = 0;
    for (const [index, { at, original: from, length }] of bounds.entries()) {
      if (offset < at) break;
      if (offset < at + length) return from;
      shift = pieces[index]!.to - (at + length);
    }
    return offset + shift;
  };
  return {
    text,
    name: source.name,
    at: (offset) => showPlace(placeOf(source.text, original(offset)), source.name),
  };
}
