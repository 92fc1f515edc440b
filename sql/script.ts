import { SluiceError } from '../schemas/errors';
import type { Faults } from './faults';
import { parseSql, type ParsedStatement } from './parse';
import { scanSql } from './scan';
import type { SqlText } from './text';

/**
 * The statements of a script. Where PostgreSQL cannot parse the whole, which ends at its first error, each statement is
 * parsed by itself: every one that has an error is gathered in `faults`, the others are returned.
 */
export async function parseScript(source: SqlText, faults: Faults): Promise<ParsedStatement[]> {
  try {
    return await parseSql(source);
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'invalid_sql') throw error;
    const statements: ParsedStatement[] = [];
    const before = faults.count;
    for (const part of await parts(source)) {
      statements.push(...((await faults.gather(() => parseSql(part))) ?? []));
    }
    if (faults.count === before) faults.add(error);
    return statements;
  }
}

/** The text between semicolons; those within strings and SQL bodies (BEGIN ATOMIC … END) part nothing. */
async function parts(source: SqlText): Promise<SqlText[]> {
  const found: SqlText[] = [];
  let from = 0;
  let body = 0;
  const cut = (to: number): void => {
    const start = from;
    found.push({
      text: source.text.slice(start, to),
      ...(source.name === undefined ? {} : { name: source.name }),
      at: (offset) => source.at(start + offset),
    });
    from = to + 1;
  };
  const tokens = (await scanSql(source)).filter((token) => !token.isComment);
  for (const [index, token] of tokens.entries()) {
    const word = token.text.toLowerCase();
    if (word === 'atomic' && tokens[index - 1]?.text.toLowerCase() === 'begin') body = 1;
    else if (body > 0 && word === 'case') body += 1;
    else if (body > 0 && word === 'end') body -= 1;
    if (word === ';' && body === 0) cut(token.start);
  }
  cut(source.text.length);
  return found.filter(({ text }) => text.trim() !== '');
}
