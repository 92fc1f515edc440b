import type { IngestBody } from '../ingest';

/** What a quarantined record says of the columns asked for, as far as it can be read. */
export type Read =
  /** A value per column asked for. */
  | { kind: 'read'; values: (string | undefined)[] }
  /** Some fields, but not which column each is. */
  | { kind: 'fields'; fields: string[] };

/** Reads a record as it came by the format of the load that set it aside. `undefined`: it cannot be taken apart. */
export function readRecord(
  raw: string,
  from: IngestBody['from'] | undefined,
  columns: readonly string[],
  loaded: readonly { name: string }[],
): Read | undefined {
  if (/^\s*\{/.test(raw)) return readJson(raw, from, columns, loaded);
  const framing = from?.kind === 'files' ? from.framing : undefined;
  const delimiter = framing && framing.format === 'delimited' ? String.fromCharCode(framing.delimiter) : ',';
  const quote = framing && framing.format === 'delimited' ? String.fromCharCode(framing.quote) : '"';
  const fields = splitFields(raw, delimiter, quote);
  if (from?.kind !== 'files') return { kind: 'fields', fields };
  const layout = from.layouts.find((each) => each.fields.length === fields.length);
  if (!layout) return { kind: 'fields', fields };
  return {
    kind: 'read',
    values: columns.map((column) => {
      const at = loaded.findIndex(({ name }) => name === column);
      return at < 0 ? undefined : fields[layout.pick[at]!];
    }),
  };
}

function readJson(
  raw: string,
  from: IngestBody['from'] | undefined,
  columns: readonly string[],
  loaded: readonly { name: string }[],
): Read | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(raw) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const text = (item: unknown): string =>
    item !== null && typeof item === 'object' ? JSON.stringify(item) : String(item);
  const layout = from?.kind === 'files' ? from.layouts[0] : undefined;
  if (!layout) return { kind: 'fields', fields: Object.values(value).map(text) };
  const values = columns.map((column) => {
    const at = loaded.findIndex(({ name }) => name === column);
    const key = at < 0 ? column : (layout.fields[layout.pick[at]!] ?? column);
    return Object.hasOwn(value, key) ? text(value[key]) : undefined;
  });
  return { kind: 'read', values };
}

/** RFC 4180, forgiving: a quote that is not closed ends with the record. */
export function splitFields(raw: string, delimiter: string, quote: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < raw.length; at += 1) {
    const c = raw[at]!;
    if (quoted) {
      if (c !== quote) field += c;
      else if (raw[at + 1] === quote) field += raw[(at += 1)]!;
      else quoted = false;
    } else if (c === quote && field === '') quoted = true;
    else if (c === delimiter) {
      fields.push(field);
      field = '';
    } else if (c !== '\r' && c !== '\n') field += c;
  }
  return [...fields, field];
}
