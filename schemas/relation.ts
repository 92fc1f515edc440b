import type { RelationName } from './change';
import { tooLong } from './identifier';

/** The schema a name without one lives in. */
export const DEFAULT_SCHEMA = 'public';

/** `name`, `schema.name`; a part that has a dot or a quote in it stands in quotes, so that two names never look alike. */
export function relationName(schema: string, name: string): RelationName {
  return `${spelled(schema)}.${spelled(name)}`;
}

const spelled = (part: string): string => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part);

/** The two parts of a stored name, as the catalogue has them; a name without a schema lives in `public`. */
export function splitRelation(relation: RelationName): { schema: string; name: string } {
  const quoted = /^(?:("(?:[^"]|"")+"|[^".]*)\.)?("(?:[^"]|"")+"|.*)$/s.exec(relation)!;
  const [, schema, name] = quoted;
  return { schema: schema === undefined ? DEFAULT_SCHEMA : bare(schema), name: bare(name!) };
}

const bare = (part: string): string =>
  /^".+"$/s.test(part) ? part.slice(1, -1).replaceAll('""', '"') : part;

/**
 * The relation that a goal document names, read as PostgreSQL reads it: what stands in quotes is taken as it is, the
 * rest is folded to lower case. Throws RangeError saying what is wrong.
 */
export function readRelation(written: string): RelationName {
  const parts = partsOf(written);
  if (parts.length > 2)
    throw new RangeError(`has ${parts.length} parts: write \`name\` or \`schema.name\`, without a database`);
  const [schema, name] = parts.length === 1 ? [DEFAULT_SCHEMA, parts[0]!] : (parts as [string, string]);
  return relationName(schema, name);
}

function partsOf(written: string): string[] {
  const parts: string[] = [];
  let rest = written.trim();
  for (;;) {
    const { name, length } = firstPart(rest, written);
    const long = tooLong(name);
    if (long !== undefined) throw new RangeError(long);
    parts.push(name);
    rest = rest.slice(length).trimStart();
    if (rest === '') return parts;
    if (!rest.startsWith('.'))
      throw new RangeError(
        `has ${JSON.stringify(rest)} after a name: what is no lower-case letter, digit, "_" or "$" needs double quotes around that part, as in schema."Order Lines"`,
      );
    rest = rest.slice(1).trimStart();
  }
}

function firstPart(rest: string, written: string): { name: string; length: number } {
  if (rest.startsWith('"')) {
    const [whole] = /^"(?:[^"]|"")*"/s.exec(rest) ?? [];
    if (whole === undefined) throw new RangeError('has a double quote that is not closed');
    const name = bare(whole === '""' ? '' : whole);
    if (name === '') throw new RangeError('has an empty name in double quotes');
    if (name.includes('\0')) throw new RangeError('has a NUL byte, which no name can have');
    return { name, length: whole.length };
  }
  if (/^u&"/i.test(rest))
    throw new RangeError('has an escaped name (U&"…"): write its characters themselves in double quotes');
  const [word] = /^[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/.exec(rest) ?? [];
  if (word !== undefined)
    return { name: word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()), length: word.length };
  if (rest === '')
    throw new RangeError(
      written.trim() === '' ? 'is empty: write `name` or `schema.name`' : 'lacks a name beside its dot',
    );
  throw new RangeError(
    `has ${JSON.stringify(rest[0])} at the beginning of a name: put that part in double quotes, as in schema."2024 orders"`,
  );
}
