import { fail, type SluiceError } from '../schemas/errors';
import { placeOf, showPlace } from './place';

/**
 * SQL text on its way to the parser, with the way back: parameters may have been bound into it, so that a place in
 * `text` is not the place in what the person wrote.
 */
export interface SqlText {
  readonly text: string;
  /** File name, where there is one. */
  readonly name?: string;
  /** `[file:]line:column` in what the person wrote, of a UTF-16 offset in `text`. */
  at(offset: number): string;
}

/** A text as it was written. Throws `invalid_sql` for what PostgreSQL text cannot hold. */
export function sqlText(text: string, name?: string): SqlText {
  const at = (offset: number): string => showPlace(placeOf(text, offset), name);
  const bad = /\0|\p{Surrogate}/u.exec(text);
  if (bad) {
    throw fail(
      'invalid_sql',
      'The SQL holds a NUL or half of a surrogate pair, which PostgreSQL cannot read.',
      {
        next: 'Remove that character.',
        place: at(bad.index),
      },
    );
  }
  return { text, name, at };
}

export function asSqlText(sql: string | SqlText): SqlText {
  return typeof sql === 'string' ? sqlText(sql) : sql;
}

/** `invalid_sql` at an offset. */
export function invalidSql(sql: SqlText, offset: number, message: string, next: string): SluiceError {
  const place = sql.at(offset);
  return fail('invalid_sql', `${message} (at ${place})`, { next, place });
}

/** `statement_refused` at an offset. */
export function refusedSql(sql: SqlText, offset: number, message: string, next: string): SluiceError {
  const place = sql.at(offset);
  return fail('statement_refused', `${message} (at ${place})`, { next, place });
}
