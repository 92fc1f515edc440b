/**
 * Where something is in a text, for people: PostgreSQL's parser counts bytes (locations in the tree), its errors
 * count code points, JavaScript counts UTF-16 units. Everything here ends as UTF-16 offsets and 1-based line:column.
 */
export interface Place {
  line: number;
  /** In code points, as editors count. */
  column: number;
}

/** Line and column of a UTF-16 offset. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(start)].length + 1 };
}

/** `file:line:column`, or `line:column` for a text without a name. */
export function showPlace(place: Place, name?: string): string {
  return `${name === undefined ? '' : `${name}:`}${place.line}:${place.column}`;
}

/** UTF-16 offset of a code point offset. */
export function fromCodePoints(text: string, codePoints: number): number {
  let offset = 0;
  for (let left = codePoints; left > 0 && offset < text.length; left -= 1) {
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  }
  return offset;
}

/** Turns UTF-8 byte offsets of one text into UTF-16 offsets; the text is encoded once. */
export function byteOffsets(text: string): (bytes: number) => number {
  const encoded = Buffer.from(text, 'utf8');
  if (encoded.length === text.length) return (bytes) => bytes;
  return (bytes) => encoded.toString('utf8', 0, bytes).length;
}
