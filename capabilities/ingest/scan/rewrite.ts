import type { CsvWriter, Written } from './csv-writer';
import { Kind } from './json-object';
import type { JsonSink } from './jsonl';
import { Form, type Dialect, type Fields, type Nulls, type Sink } from './record';

const QUOTE = 34;
const APOSTROPHE = 39;
const BACKSLASH = 92;

/** How rows of a dialect are written so that most fields can be passed on as they are. */
export function writtenAs(dialect: Pick<Dialect, 'delimiter' | 'quote'>): Written {
  if (dialect.quote !== 0) return dialect;
  return { delimiter: dialect.delimiter, quote: dialect.delimiter === QUOTE ? APOSTROPHE : QUOTE };
}

/**
 * Writes good records for COPY: field `pick[i]` becomes column i; every spelling of null becomes an empty unquoted field,
 * everything else stays the text it is. Fields that lie side by side and stay as they are go over in one piece.
 */
export function delimitedRewriter(
  writer: CsvWriter,
  dialect: Dialect,
  pick: readonly number[],
  nulls: Nulls,
): Required<Pick<Sink, 'good'>> {
  const last = pick.length - 1;
  const isNull = (buf: Buffer, fields: Fields, at: number): boolean => {
    if (fields.quoted[at] === Form.plain) return nulls.has(buf, fields.starts[at]!, fields.ends[at]!, false);
    const quotes = fields.quoted[at] !== Form.escaped;
    if (quotes && !nulls.quotedToo) return false;
    const value = fields.value(buf, at);
    return nulls.has(value.buf, value.start, value.end, quotes);
  };
  // What holds an escape is written anew: COPY reads doubled quotes only.
  const staysAsIs = (buf: Buffer, fields: Fields, at: number): boolean => {
    const form = fields.quoted[at];
    if (form === Form.plain) {
      return !needsQuotes(buf, fields.starts[at]!, fields.ends[at]!, dialect, writer, last);
    }
    return form === Form.quoted || (form === Form.quotedWithin && dialect.escape === 0);
  };
  const good = (buf: Buffer, fields: Fields): void => {
    const { starts, ends } = fields;
    // The run of fields that is not written yet, and the field after it.
    let from = -1;
    let to = -1;
    let next = -1;
    for (let column = 0; column <= last; column++) {
      const at = pick[column]!;
      const start = starts[at]!;
      const end = ends[at]!;
      const isNothing = isNull(buf, fields, at);
      const asIs = !isNothing && staysAsIs(buf, fields, at);
      if (asIs && at === next && from >= 0) {
        to = end;
        next++;
        continue;
      }
      if (from >= 0) writer.raw(buf, from, to);
      if (column > 0) writer.separate();
      from = asIs ? start : -1;
      to = end;
      next = at + 1;
      if (asIs || isNothing) continue;
      const value = fields.value(buf, at);
      writer.quoted(value.buf, value.start, value.end);
    }
    if (from >= 0) writer.raw(buf, from, to);
    writer.endRow();
  };
  return { good };
}

function needsQuotes(
  buf: Buffer,
  start: number,
  end: number,
  dialect: Dialect,
  writer: CsvWriter,
  last: number,
): boolean {
  // An empty field that is not null; and `\.` alone on a line, which older servers take for the end of the data.
  if (start === end || (last === 0 && buf[start] === BACKSLASH)) return true;
  if (dialect.quote !== 0) return false;
  for (let p = start; p < end; p++) if (buf[p] === writer.quote) return true;
  return false;
}

/** Writes good JSON lines for COPY: values `pick[i]`; `json[i]`: the column takes JSON, not the text of a string. */
export function jsonRewriter(
  writer: CsvWriter,
  pick: readonly number[],
  json: readonly boolean[],
): Required<Pick<JsonSink, 'good'>> {
  const last = pick.length - 1;
  return {
    good: (buf, values) => {
      for (let column = 0; column <= last; column++) {
        const value = values[pick[column]!];
        if (value && value.kind > Kind.null) {
          if (value.kind === Kind.string && !json[column]) writer.text(value.text);
          else writer.quoted(buf, value.start, value.end);
        }
        if (column < last) writer.separate();
      }
      writer.endRow();
    },
  };
}
