import { createHash } from 'node:crypto';
import { fail, SluiceError } from '../../schemas/errors';
import type { FileSeal, Framing, OpenFile, OpenOptions, PromisedFile } from '../sources';
import { cutRecords, type Cut } from './cut';
import { inRing } from '../ring';
import { gunzip, isUtf8Name, toUtf8 } from './decode';
import { RawFile } from './raw';
import { skipLines } from './skip';
import { sniffed } from './sniff';

/** How many records of a file to serve, and who is told how many there were. Absent: all. */
export interface Allowance {
  readonly records: number;
  spend(records: number): void;
}

/**
 * One file as UTF-8 bytes. See {@link OpenFile}. A whole file that was promised is compared with the promise after its
 * last byte, before whoever reads it learns that it has ended: what differs can never be committed.
 */
export async function openFile(
  root: string,
  path: string,
  framing: Framing,
  options: OpenOptions,
  allowance?: Allowance,
): Promise<OpenFile> {
  const { promised, signal } = options;
  const raw = await RawFile.open(root, path).catch((cause: unknown) => {
    throw promised ? asGone(path, cause) : cause;
  });
  const inside = framing.gzip ? new Hashed() : undefined;
  const text = readText(raw.chunks(signal), framing, path, inside);
  const cut: Cut = { records: 0 };
  const seal = (): FileSeal => ({
    ...raw.seal(),
    ...(inside && { content: inside.digest() }),
    expectedRecords: allowance ? cut.records : promised?.records,
  });
  if (allowance) return { chunks: sample(raw, text, framing, allowance, cut), seal };
  return { chunks: promised ? whole(text, raw, promised) : text, seal };
}

/** Of the bytes as stored. */
export async function hashFile(
  root: string,
  path: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; size: number }> {
  const raw = await RawFile.open(root, path);
  for await (const _ of raw.chunks(signal));
  return raw.seal();
}

/** Hashes bytes on their way. */
class Hashed {
  readonly #hash = createHash('sha256');
  #digest: string | undefined;

  async *pass(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  digest(): string {
    return (this.#digest ??= this.#hash.digest('hex'));
  }
}

function readText(
  raw: AsyncIterable<Buffer>,
  framing: Framing,
  path: string,
  inside: Hashed | undefined,
): AsyncIterable<Buffer> {
  const bytes = inside ? inside.pass(gunzip(raw, path)) : raw;
  const stored = sniffed(bytes, framing.encoding, path);
  const decoded = toUtf8(stored, framing.encoding, path);
  const text = framing.skip > 0 ? skipLines(decoded, framing.skip) : decoded;
  // What decompressing and decoding allocate is let go of at once.
  return framing.gzip || framing.skip > 0 || !isUtf8Name(framing.encoding) ? inRing(text) : text;
}

async function* sample(
  raw: RawFile,
  text: AsyncIterable<Buffer>,
  framing: Framing,
  allowance: Allowance,
  cut: Cut,
): AsyncGenerator<Buffer> {
  try {
    yield* cutRecords(text, framing, allowance.records, cut);
    allowance.spend(cut.records);
  } finally {
    await raw.close();
  }
}

async function* whole(
  text: AsyncIterable<Buffer>,
  raw: RawFile,
  promised: PromisedFile,
): AsyncGenerator<Buffer> {
  yield* text;
  const { sha256, size } = raw.seal();
  if (sha256 === promised.sha256 && size === promised.size) return;
  const found =
    size === promised.size ? 'another content of the same size' : `${size} bytes instead of ${promised.size}`;
  throw fail(
    'proposal_stale',
    `${promised.path} is not what it was when this was proposed: it has ${found}.`,
    {
      next: 'Run the goal again: it will be proposed for the file as it is now.',
      place: promised.path,
    },
  );
}

function asGone(path: string, cause: unknown): unknown {
  if (!(cause instanceof SluiceError) || cause.code !== 'source_missing') return cause;
  return fail('source_gone', `${path} was there when this was proposed and is gone now.`, {
    next: 'Bring the file back, or run the goal again without it.',
    place: path,
    cause,
  });
}
