import { tooLong } from '../schemas/identifier';
import { scanSql } from './scan';
import { invalidSql, type SqlText } from './text';

/** Without one of these no name in a text can be too long: a long run of ASCII, a long quoted name, other characters. */
const MAY_BE_LONG = /[A-Za-z0-9_$]{64}|"[^"]{62}|[^\0-\x7f]|U&"/i;

/**
 * Throws `invalid_sql` for a name that PostgreSQL would cut off: of a column, table, constraint, index or schema, and of
 * an alias. Two that begin alike would be one, and nobody finds what was cut by the name that was written.
 */
export async function refuseLongNames(source: SqlText): Promise<void> {
  if (!MAY_BE_LONG.test(source.text)) return;
  for (const token of await scanSql(source)) {
    const name = nameOf(token.text, token.isWord);
    if (name === undefined) continue;
    const long = tooLong(name);
    if (long !== undefined)
      throw invalidSql(source, token.start, `The name ${long}.`, 'Choose a shorter name.');
  }
}

/** The name that a token stands for; `undefined`: it is no name. */
function nameOf(text: string, isWord: boolean): string | undefined {
  if (/^U&"/i.test(text)) {
    return text
      .slice(3, -1)
      .replaceAll('""', '"')
      .replace(/\\(?:\+([0-9a-f]{6})|([0-9a-f]{4}))/gi, (_, six?: string, four?: string) =>
        String.fromCodePoint(parseInt(six ?? four!, 16)),
      );
  }
  if (!isWord) return undefined;
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}
