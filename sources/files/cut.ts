import type { Framing } from '../sources';

const LF = 10;
const CR = 13;
/** Where in a record the machine is. */
type At =
  | 'field start'
  | 'unquoted'
  | 'quoted'
  | 'after quote'
  /** After a stray quote: nothing but a line end has a meaning. */
  | 'broken';

/** Counts what a cut has let through; `records` excludes the header and blank lines. */
export interface Cut {
  records: number;
}

/**
 * Lets the header and the first `limit` records pass and ends there, exactly between two records. Quotes and line
 * ends are read as the scanner of `ingest` reads them: a quote opens a field only at its start, `\n`, `\r\n` and a lone
 * `\r` end a line, an empty line is no record. JSON lines end with `\n`; one of white space only is no record.
 */
export async function* cutRecords(
  chunks: AsyncIterable<Buffer>,
  framing: Framing,
  limit: number,
  cut: Cut,
): AsyncGenerator<Buffer> {
  const isEnd = framing.format === 'jsonl' ? jsonLines() : delimited(framing.delimiter, framing.quote);
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
      if (!isEnd(byte)) continue;
      if (headers > 0) headers--;
      else cut.records++;
      if (headers > 0 || cut.records < limit) continue;
      if (byte === CR) closing = true;
      else {
        yield chunk.subarray(0, at + 1);
        return;
      }
    }
    yield chunk;
  }
  if (!closing && isEnd(undefined)) cut.records++;
}

/** A machine that is fed bytes and says which of them ends a record; `undefined` asks whether the end of file does. */
type RecordEnd = (byte: number | undefined) => boolean;

function delimited(delimiter: number, quote: number): RecordEnd {
  let at: At = 'field start';
  let length = 0;
  return (byte) => {
    if (byte === undefined) return length > 0;
    if (at === 'quoted') {
      length++;
      if (byte === quote) at = 'after quote';
      return false;
    }
    if (byte === LF || byte === CR) {
      const record = length > 0;
      at = 'field start';
      length = 0;
      return record;
    }
    length++;
    if (at === 'broken') return false;
    const isQuote = quote !== 0 && byte === quote;
    if (byte === delimiter) at = 'field start';
    else if (isQuote) at = at === 'unquoted' ? 'broken' : 'quoted';
    else at = at === 'after quote' ? 'broken' : 'unquoted';
    return false;
  };
}

function jsonLines(): RecordEnd {
  let content = false;
  return (byte) => {
    if (byte === undefined) return content;
    if (byte === LF) {
      const record = content;
      content = false;
      return record;
    }
    if (byte !== CR && byte !== 32 && byte !== 9) content = true;
    return false;
  };
}
