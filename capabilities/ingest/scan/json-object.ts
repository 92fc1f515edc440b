const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const COMMA = 44;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

export const Kind = {
  missing: 0,
  null: 1,
  string: 2,
  number: 3,
  boolean: 4,
  nested: 5,
} as const;
export type KindOf = (typeof Kind)[keyof typeof Kind];

/** One member of a JSON object: where its value lies, as written (a string with its quotes). */
export interface Member {
  key: string;
  kind: KindOf;
  start: number;
  end: number;
}

/**
 * Walks the members of the JSON object in `[start, end)`, which is known to be valid JSON and an object. Values are not
 * converted: a number keeps every digit it was written with.
 */
export function walkObject(buf: Buffer, start: number, end: number, visit: (member: Member) => void): void {
  let p = skipSpace(buf, start) + 1;
  for (;;) {
    p = skipSpace(buf, p);
    if (buf[p] === CLOSE_BRACE) return;
    const keyStart = p;
    p = skipString(buf, p);
    const key = stringValue(buf, keyStart, p);
    p = skipSpace(buf, p);
    if (buf[p] === COLON) p++;
    const valueStart = skipSpace(buf, p);
    const kind = kindOf(buf[valueStart]!);
    p = skipValue(buf, valueStart, end);
    visit({ key, kind, start: valueStart, end: p });
    p = skipSpace(buf, p);
    if (buf[p] !== COMMA) return;
    p++;
  }
}

/** The text of the JSON string in `[start, end)`, quotes included. */
export function stringValue(buf: Buffer, start: number, end: number): string {
  let p = start;
  while (p < end && buf[p] !== BACKSLASH) p++;
  if (p === end) return buf.toString('utf8', start + 1, end - 1);
  return JSON.parse(buf.toString('utf8', start, end)) as string;
}

function kindOf(first: number): KindOf {
  if (first === QUOTE) return Kind.string;
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return Kind.nested;
  if (first === 116 || first === 102) return Kind.boolean;
  return first === 110 ? Kind.null : Kind.number;
}

function skipSpace(buf: Buffer, at: number): number {
  let p = at;
  while (buf[p] === 32 || buf[p] === 9 || buf[p] === 13 || buf[p] === 10) p++;
  return p;
}

function skipString(buf: Buffer, at: number): number {
  let p = at + 1;
  while (buf[p] !== QUOTE) p += buf[p] === BACKSLASH ? 2 : 1;
  return p + 1;
}

function skipValue(buf: Buffer, at: number, end: number): number {
  let p = at;
  let depth = 0;
  for (; p < end; p++) {
    const c = buf[p]!;
    if (c === QUOTE) {
      p = skipString(buf, p) - 1;
      if (depth === 0) return p + 1;
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) depth++;
    else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      if (depth === 0) return trimmed(buf, at, p);
      if (--depth === 0) return p + 1;
    } else if (c === COMMA && depth === 0) return trimmed(buf, at, p);
  }
  return trimmed(buf, at, end);
}

function trimmed(buf: Buffer, start: number, end: number): number {
  let p = end;
  while (p > start && (buf[p - 1] === 32 || buf[p - 1] === 9 || buf[p - 1] === 13)) p--;
  return p;
}
