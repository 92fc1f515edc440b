import { parse, scan } from 'libpg-query';
import { byteOffsets, fromCodePoints } from './place';
import { invalidSql, type SqlText } from './text';

/** One token of PostgreSQL's own scanner. Comments are tokens too. */
export interface Token {
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly isComment: boolean;
  /** An identifier or any keyword, quoted or not. */
  readonly isWord: boolean;
}

/** The tokens of a text, comments included. Throws `invalid_sql` where the scanner stops. */
export async function scanSql(source: SqlText): Promise<Token[]> {
  const { text } = source;
  if (text.trim() === '') return [];
  let tokens;
  try {
    ({ tokens } = await scan(printable(text)));
  } catch {
    // scan() loses its message (it parses the error text as JSON); the parser stops at the same lexical error.
    const { message, offset } = await lexicalError(text);
    throw invalidSql(
      source,
      offset,
      `PostgreSQL cannot read the SQL: ${message}`,
      'Correct the SQL at that place.',
    );
  }
  const offsetOf = byteOffsets(text);
  return tokens.map(({ start: from, end: to, tokenName, keywordKind }) => {
    const [start, end] = [offsetOf(from), offsetOf(to)];
    return {
      start,
      end,
      text: text.slice(start, end),
      isComment: tokenName === 'C_COMMENT' || tokenName === 'SQL_COMMENT',
      isWord: tokenName === 'IDENT' || keywordKind > 0,
    };
  });
}

/**
 * libpg-query's scan() writes its tokens as JSON and does not escape control characters in it. They are replaced, byte by
 * byte, by what means as much to the scanner: white space by a blank, the others by one that is no part of SQL either.
 */
const printable = (text: string): string =>
  text.replace(/[\v\f]/g, ' ').replace(/[\x01-\x08\x0e-\x1f]/g, '\x7f');

async function lexicalError(text: string): Promise<{ message: string; offset: number }> {
  try {
    await parse(text);
  } catch (error) {
    const { message, sqlDetails } = error as { message: string; sqlDetails?: { cursorPosition: number } };
    return { message, offset: fromCodePoints(text, sqlDetails?.cursorPosition ?? 0) };
  }
  return { message: 'it ends inside a quoted string or a comment', offset: text.length };
}
