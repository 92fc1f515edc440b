const LF = 10;
const QUOTE = 34;
const COMMA = 44;

/** What COPY is told to read the writer's bytes: its own delimiter and quote, and null as an empty unquoted field. */
export interface Written {
  delimiter: number;
  quote: number;
}

/**
 * Buffers that are given before one is used again: what was given may still be on its way to the server, which up to a
 * megabyte is. A buffer that is not nearly full is not used again, for many of those make a megabyte.
 */
const LAG = 8;

/** Collects CSV for COPY in buffers of about 256 KiB, which are used again: nothing piles up outside the heap. */
export class CsvWriter {
  readonly delimiter: number;
  readonly quote: number;
  readonly #size: number;
  #buf: Buffer;
  #length = 0;
  #full: Buffer[] = [];
  readonly #given: Buffer[] = [];

  constructor({ delimiter, quote }: Written = { delimiter: COMMA, quote: QUOTE }, size = 256 * 1024) {
    this.delimiter = delimiter;
    this.quote = quote;
    this.#size = size;
    this.#buf = Buffer.allocUnsafeSlow(size);
  }

  /** Bytes that are a field, or several with their delimiters, as they are. */
  raw(bytes: Buffer, start: number, end: number): void {
    this.#room(end - start);
    this.#length += bytes.copy(this.#buf, this.#length, start, end);
  }

  /** Any text, quoted. */
  quoted(bytes: Buffer, start: number, end: number): void {
    const { quote } = this;
    this.#room(2 * (end - start) + 2);
    const buf = this.#buf;
    let at = this.#length;
    buf[at++] = quote;
    for (let p = start; p < end; p++) {
      const byte = bytes[p]!;
      if (byte === quote) buf[at++] = quote;
      buf[at++] = byte;
    }
    buf[at++] = quote;
    this.#length = at;
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.quoted(bytes, 0, bytes.length);
  }

  separate(): void {
    this.#room(1);
    this.#buf[this.#length++] = this.delimiter;
  }

  endRow(): void {
    this.#room(1);
    this.#buf[this.#length++] = LF;
  }

  /** Full buffers so far; with `all`, also the one begun. Each is valid until eight more were given. */
  take(all: boolean): Buffer[] {
    if (all && this.#length > 0) this.#next(this.#size);
    const full = this.#full;
    for (const part of full) {
      const whole = Buffer.from(part.buffer);
      if (whole.length === this.#size && part.length * 4 >= whole.length * 3) this.#given.push(whole);
    }
    this.#full = [];
    return full;
  }

  #room(bytes: number): void {
    if (this.#length + bytes > this.#buf.length) this.#next(Math.max(this.#size, bytes));
  }

  #next(size: number): void {
    if (this.#length > 0) this.#full.push(this.#buf.subarray(0, this.#length));
    const used = size === this.#size && this.#given.length > LAG ? this.#given.shift() : undefined;
    this.#buf = used ?? Buffer.allocUnsafeSlow(size);
    this.#length = 0;
  }
}
