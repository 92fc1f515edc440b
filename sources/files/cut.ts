import type { Framing } from '../sources';

const LF = 10;
const CR = 13;

/** Counts what a cut has let through; `records` excludes the header and lines that are no record. */
export interface Cut {
  records: number;
}

/**
 * Lets the header and the first `limit` records pass and ends there, exactly between two records. Quotes, escapes and
 * line ends are read as the scanner of `ingest` reads them: a quote opens a field only at its start, `\n`, `\r\n` and a
 * lone `\r` end a line, an empty line is a record only where records have one field. JSON lines end with `\n`; one of
 * white space only is no record. Empty lines before the first record of a file without a header are known to be records
 * only after it: they pass with it, also beyond the limit.
 */
export async function* cutRecords(
  chunks: AsyncIterable<Buffer>,
  framing: Framing,
  limit: number,
  cut: Cut,
): AsyncGenerator<Buffer> {
  const machine = framing.format === 'jsonl' ? new JsonLines() : new Delimited(framing);
  let headers: number = framing.format === 'jsonl' ? 0 : framing.header;
  cut.records = 0;
  if (limit <= 0 && headers === 0) return;
  let closing = false;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      // The cut waits for one byte more: a `\n` after the `\r` belongs to the record.
      if (closing) {
        if (byte === LF && at === 0) yield chunk.subarray(0, 1);
        else if (byte === LF) yield chunk.subarray(0, at + 1);
        else if (at > 0) yield chunk.subarray(0, at);
        return;
      }
      const ended = machine.take(byte, headers > 0);
      if (ended === 0) continue;
      if (headers > 0) headers--;
      else cut.records += ended;
      if (headers > 0 || cut.records < limit) continue;
      if (byte === CR) closing = true;
      else {
        yield chunk.subarray(0, at + 1);
        return;
      }
    }
    yield chunk;
  }
  if (!closing) cut.records += machine.end(headers > 0);
}

/** A machine that is fed bytes and says how many records each of them ends. */
interface Records {
  /** `header`: a record that ends here is one of the header. */
  take(byte: number, header: boolean): number;
  /** At the end of the file: 1 if that ends a record. */
  end(header: boolean): number;
}

/** Where in a field the machine is; `broken`: after a stray quote nothing but a line end has a meaning. */
type At = 'start' | 'unquoted' | 'quoted' | 'after quote' | 'broken';

class Delimited implements Records {
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  #at: At = 'start';
  /** Bytes and fields of the record so far. */
  #length = 0;
  #fields = 1;
  /** Fields of a record: of the longest one in the header, or of the first one; 0: not known yet. */
  #columns = 0;
  /** Empty lines before it was known. */
  #leading = 0;
  /** The line before was ended by `\r`: a `\n` now is part of that end. */
  #afterCr = false;
  /** After an escape; after an escape and `\r`, to which a `\n` belongs. */
  #escaping: 'no' | 'yes' | 'cr' = 'no';

  constructor({ delimiter, quote, escape }: Framing) {
    this.#delimiter = delimiter;
    this.#quote = quote;
    this.#escape = escape;
  }

  take(byte: number, header: boolean): number {
    const escaping = this.#escaping;
    const afterCr = this.#afterCr;
    this.#escaping = 'no';
    this.#afterCr = false;
    if ((escaping === 'yes' && this.#isSpecial(byte)) || (escaping === 'cr' && byte === LF)) {
      this.#length++;
      if (escaping === 'yes' && byte === CR) this.#escaping = 'cr';
      return 0;
    }
    if (byte === this.#escape && this.#escape !== 0 && this.#at !== 'broken' && this.#at !== 'after quote') {
      this.#length++;
      this.#escaping = 'yes';
      if (this.#at === 'start') this.#at = 'unquoted';
      return 0;
    }
    if (this.#at === 'quoted') {
      this.#length++;
      if (byte === this.#quote) this.#at = 'after quote';
      return 0;
    }
    if (byte === LF || byte === CR) {
      if (byte === LF && afterCr) return 0;
      this.#afterCr = byte === CR;
      return this.#length > 0 ? this.#record(header) : this.#empty(header);
    }
    this.#length++;
    if (this.#at === 'broken') return 0;
    if (byte === this.#delimiter) {
      this.#at = 'start';
      this.#fields++;
    } else if (this.#quote !== 0 && byte === this.#quote) {
      this.#at = this.#at === 'unquoted' ? 'broken' : 'quoted';
    } else this.#at = this.#at === 'after quote' ? 'broken' : 'unquoted';
    return 0;
  }

  end(header: boolean): number {
    return this.#length === 0 ? 0 : this.#record(header) - (header ? 1 : 0);
  }

  #isSpecial(byte: number): boolean {
    return (
      byte === this.#delimiter ||
      byte === this.#escape ||
      byte === LF ||
      byte === CR ||
      (this.#quote !== 0 && byte === this.#quote)
    );
  }

  #record(header: boolean): number {
    const fields = this.#fields;
    const leading = !header && this.#columns === 0 && fields === 1 ? this.#leading : 0;
    if (header) this.#columns = Math.max(this.#columns, fields);
    else if (this.#columns === 0) this.#columns = fields;
    this.#at = 'start';
    this.#length = 0;
    this.#fields = 1;
    return 1 + leading;
  }

  #empty(header: boolean): number {
    if (header) return 0;
    if (this.#columns === 0) this.#leading++;
    return this.#columns === 1 ? 1 : 0;
  }
}

class JsonLines implements Records {
  #content = false;

  take(byte: number): number {
    if (byte === LF) return this.end();
    if (byte !== CR && byte !== 32 && byte !== 9) this.#content = true;
    return 0;
  }

  end(): number {
    const record = this.#content ? 1 : 0;
    this.#content = false;
    return record;
  }
}
