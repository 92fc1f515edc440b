import { isUtf8 } from 'node:buffer';
import type { CsvWriter } from './scan/csv-writer';
import type { BadRecord } from './scan/record';

/** COPY that takes what {@link quarantineRow} writes. */
export const QUARANTINE_COPY = `copy sluice.quarantine (load_id, relation, file, line, col, reason, raw) from stdin with (format csv, encoding 'UTF8', null '')`;

/** One row that does not fit, with its place, the reason and itself as it came. */
export function quarantineRow(
  writer: CsvWriter,
  loadId: string,
  relation: string,
  file: string,
  { line, column, reason, raw }: BadRecord,
): void {
  for (const text of [loadId, relation, file]) {
    writer.text(text);
    writer.separate();
  }
  writer.text(String(line));
  writer.separate();
  if (column !== '') writer.text(column);
  writer.separate();
  writer.text(reason);
  writer.separate();
  const bytes = asText(raw);
  writer.quoted(bytes, 0, bytes.length);
  writer.endRow();
}

/** Bytes that PostgreSQL's text can hold: what is none of it is written as `\x00`. */
function asText(raw: Buffer): Buffer {
  if (!raw.includes(0) && isUtf8(raw)) return raw;
  const parts: string[] = [];
  let p = 0;
  while (p < raw.length) {
    const length = characterAt(raw, p);
    if (length > 0) parts.push(raw.toString('utf8', p, p + length));
    else parts.push(`\\x${raw[p]!.toString(16).padStart(2, '0')}`);
    p += Math.max(1, length);
  }
  return Buffer.from(parts.join(''));
}

/** Bytes of the character at `at`; 0: there is none that text can hold. */
function characterAt(raw: Buffer, at: number): number {
  const first = raw[at]!;
  if (first === 0) return 0;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return at + length <= raw.length && isUtf8(raw.subarray(at, at + length)) ? length : 0;
}
