import type { Row } from './parse';
import { familyOf, familyOfAll } from './family';

/** What speaks against the names of a file: it plainly has none there, or it may have others. */
export interface HeaderDoubt {
  kind: 'data' | 'suspicious';
  /** Goes on after the place: `looks like data …`. */
  message: string;
}

/** Whether the first record, taken as the header, is one. `known`: it names columns of the table that is there. */
export function doubtHeader(header: Row, body: readonly Row[], known: boolean): HeaderDoubt | undefined {
  if (known) return undefined;
  const families = header.fields.map(familyOf);
  const named = families.filter((family) => family !== 'empty');
  if (named.length > 0 && named.every((family) => family !== 'text')) {
    return { kind: 'data', message: 'looks like data: none of its fields looks like a name' };
  }
  const columns = header.fields.map((_, at) => body.map((row) => row.fields[at] ?? ''));
  const alike = families.flatMap((family, at) =>
    family !== 'text' && family !== 'empty' && familyOfAll(columns[at]!) === family ? [at] : [],
  );
  // A wide table has years or dates over its numbers, but a name over its first column.
  const plain = alike.find((at) => at === 0 || families[at] !== 'number');
  if (plain !== undefined) {
    return {
      kind: 'data',
      message: `looks like data: field ${plain + 1} is a ${families[plain]!} like those below it`,
    };
  }
  if (alike.length > 0) {
    return { kind: 'suspicious', message: `names field ${alike[0]! + 1} by a number, like those below it` };
  }
  const again = header.fields.findIndex((name, at) => name.trim() !== '' && columns[at]!.includes(name));
  if (again < 0 || body.some((row) => row.fields.join('\0') === header.fields.join('\0'))) return undefined;
  return {
    kind: 'suspicious',
    message: `names field ${again + 1} by what is a value of it further below`,
  };
}

/** Fields of which the first record says text, where all others have the same other thing: a header line, or a unit. */
export function secondHeader(body: readonly Row[]): number[] {
  const [first, ...rest] = body;
  if (!first || rest.length < 2) return [];
  return first.fields.flatMap((cell, at) => {
    if (familyOf(cell) !== 'text') return [];
    const family = familyOfAll(rest.map((row) => row.fields[at] ?? ''));
    return family === undefined || family === 'text' ? [] : [at];
  });
}

/** Fields that the header gives no name, where it names others. */
export function unnamed(header: Row): number[] {
  const empty = header.fields.flatMap((name, at) => (name.trim() === '' ? [at] : []));
  return empty.length === header.fields.length ? [] : empty;
}
