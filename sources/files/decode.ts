import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import iconv from 'iconv-lite';
import { fail, SluiceError } from '../../schemas/errors';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const REPLACEMENT = Buffer.from('\ufffd');

/** Whether `encoding` is one that can be read; for checking a goal before anything is opened. */
export function isKnownEncoding(encoding: string): boolean {
  return isUtf8Name(encoding) || iconv.encodingExists(encoding);
}

export function isUtf8Name(encoding: string): boolean {
  return /^utf-?8$/i.test(encoding);
}

/** Decompressed bytes; throws `source_invalid` when they are not a whole gzip stream. */
export async function* gunzip(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  const source = Readable.from(chunks, { objectMode: false, highWaterMark: 1 });
  const unzip = createGunzip({ chunkSize: 64 * 1024 });
  let failed: unknown;
  pipeline(source, unzip, (error) => {
    failed = error;
  });
  try {
    for await (const chunk of unzip) yield chunk as Buffer;
  } catch (cause) {
    const reason = failed ?? cause;
    if (reason instanceof SluiceError) throw reason;
    throw fail(
      'source_invalid',
      `${path} is not a whole gzip file (${(reason as { code?: string }).code ?? 'unknown'}).`,
      {
        next: 'Fetch the file again: it is damaged or was cut off.',
        place: path,
        cause: reason,
      },
    );
  } finally {
    unzip.destroy();
    source.destroy();
  }
}

/**
 * Text as UTF-8 bytes. Text in another encoding that has bytes without meaning in it is refused (`source_invalid`):
 * guessing them would change what the file says. UTF-8 passes as it is; whoever reads it checks it.
 */
export async function* toUtf8(
  chunks: AsyncIterable<Buffer>,
  encoding: string,
  path: string,
): AsyncGenerator<Buffer> {
  if (isUtf8Name(encoding)) {
    yield* withoutBom(chunks);
    return;
  }
  const decoder = iconv.getDecoder(encoding, { stripBOM: true });
  for await (const chunk of chunks) {
    const text = Buffer.from(decoder.write(chunk));
    if (text.length > 0) yield checked(text, encoding, path);
  }
  const rest = Buffer.from(decoder.end() ?? '');
  if (rest.length > 0) yield checked(rest, encoding, path);
}

function checked(text: Buffer, encoding: string, path: string): Buffer {
  if (!text.includes(REPLACEMENT)) return text;
  throw fail('source_invalid', `${path} has bytes that mean nothing in ${encoding}.`, {
    next: 'Declare the encoding it is really in (from.encoding).',
    place: path,
  });
}

async function* withoutBom(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head.length < BOM.length && BOM.subarray(0, head.length).equals(head)) continue;
    const start = head.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
    if (head.length > start) yield head.subarray(start);
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}
