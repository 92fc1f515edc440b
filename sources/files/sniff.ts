import { fail } from '../../schemas/errors';
import { isUtf8Name } from './decode';

/** Beginnings of files that are often named as text and are none, each with what to do. */
const MAGIC: { bytes: number[]; what: string; next: string; utf8Only?: boolean }[] = [
  { bytes: [0x1f, 0x8b], what: 'gzip-compressed', next: 'Name it with .gz at the end.' },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: 'a ZIP archive or an Excel workbook',
    next: 'Unpack it, or export it as CSV.',
  },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: 'an old Excel workbook', next: 'Export it as CSV.' },
  { bytes: [0x50, 0x41, 0x52, 0x31], what: 'a Parquet file', next: 'Export it as CSV or JSON lines.' },
  {
    bytes: [0x28, 0xb5, 0x2f, 0xfd],
    what: 'zstd-compressed',
    next: 'Decompress it, or compress it with gzip.',
  },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF', next: 'Export its table as CSV.' },
  { bytes: [0x7f, 0x45, 0x4c, 0x46], what: 'a program', next: 'Name data files only.' },
  {
    bytes: [0xff, 0xfe],
    what: 'UTF-16 (little-endian)',
    next: 'Declare `encoding: utf-16le`.',
    utf8Only: true,
  },
  { bytes: [0xfe, 0xff], what: 'UTF-16 (big-endian)', next: 'Declare `encoding: utf-16be`.', utf8Only: true },
];

/** Looks at the first bytes on their way. Throws `source_invalid`, saying what the file is instead of text. */
export async function* sniffed(
  chunks: AsyncIterable<Buffer>,
  encoding: string,
  path: string,
): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of chunks) {
    if (first) refuseBinary(chunk, encoding, path);
    first = false;
    yield chunk;
  }
}

function refuseBinary(head: Buffer, encoding: string, path: string): void {
  for (const { bytes, what, next, utf8Only } of MAGIC) {
    if (utf8Only && !isUtf8Name(encoding)) continue;
    if (!bytes.every((byte, index) => head[index] === byte)) continue;
    throw fail('source_invalid', `${path} is ${what}, not text.`, { next, place: path });
  }
}
