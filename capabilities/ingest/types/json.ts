/** Deeper nesting than anybody writes; PostgreSQL's own limit depends on its stack. */
const MAX_DEPTH = 1_000;
/** Digits, and exponents, beyond which a number is none that a file means (numeric holds 16,383 after the point). */
const MAX_DIGITS = 1_000;

const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE]([+-]?[0-9]+))?/y;

/**
 * What keeps a text from being JSON that jsonb stores as what it says; `undefined`: nothing. A key must not occur twice in
 * one object, at any depth (jsonb keeps the last, and which is meant is not Sluice's to choose), no character be one that
 * text cannot hold, no number one that becomes another.
 */
export function jsonFault(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  return new Walk(text).fault();
}

/** Goes over a text that is known to be JSON. */
class Walk {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fault(): string | undefined {
    const text = this.#text;
    /** Keys of each object that is open; of an array, nothing. The path to where it stands. */
    const open: { keys: Set<string> | undefined; path: string }[] = [];
    let key = '';
    while (this.#at < text.length) {
      const c = text[this.#at]!;
      const inner = open.at(-1);
      if (c === '"') {
        const value = this.#string();
        if (value === undefined) return 'a character that jsonb cannot hold';
        if (!inner?.keys || !this.#isKey()) continue;
        if (inner.keys.has(value)) return `the key ${inner.path}${value} occurs twice`;
        inner.keys.add(value);
        key = value;
        continue;
      }
      if (c === '{' || c === '[') {
        const path = inner ? (inner.keys ? `${inner.path}${key}.` : `${inner.path}`) : '';
        if (open.push({ keys: c === '{' ? new Set() : undefined, path }) > MAX_DEPTH) {
          return `nested more than ${MAX_DEPTH} levels deep`;
        }
      } else if (c === '}' || c === ']') open.pop();
      else if (c === '-' || (c >= '0' && c <= '9')) {
        if (!this.#number()) return 'a number that jsonb would change';
        continue;
      }
      this.#at++;
    }
    return undefined;
  }

  /** The text of the string here; `undefined`: PostgreSQL's text cannot hold it. */
  #string(): string | undefined {
    const text = this.#text;
    const start = this.#at++;
    let plain = true;
    while (text[this.#at] !== '"') {
      if (text[this.#at] === '\\') {
        plain = false;
        this.#at++;
      }
      this.#at++;
    }
    this.#at++;
    if (plain) return text.slice(start + 1, this.#at - 1);
    const value = JSON.parse(text.slice(start, this.#at)) as string;
    return value.includes('\0') || /\p{Surrogate}/u.test(value) ? undefined : value;
  }

  #isKey(): boolean {
    let at = this.#at;
    while (/\s/.test(this.#text[at] ?? '')) at++;
    return this.#text[at] === ':';
  }

  /** jsonb holds a number as numeric: every digit, but no negative zero, and not any exponent. */
  #number(): boolean {
    NUMBER.lastIndex = this.#at;
    const [number, exponent = '0'] = NUMBER.exec(this.#text)!;
    this.#at += number.length;
    const [mantissa] = number.split(/e/i);
    const isZero = !/[1-9]/.test(mantissa!);
    return (
      mantissa!.length <= MAX_DIGITS &&
      Math.abs(Number(exponent)) <= MAX_DIGITS &&
      !(isZero && number.startsWith('-'))
    );
  }
}
