import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { fail } from '../../schemas/errors';
import { CHUNK, Ring } from '../ring';
import { resolveUnderRoot } from '../root';

/** A file's bytes as stored, hashed on the way. */
export class RawFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #hash: Hash = createHash('sha256');
  readonly #ring = new Ring();
  #size = 0;
  #digest: string | undefined;
  #closed: Promise<void> | undefined;

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /** Throws `path_escapes_root`, `source_missing`, `source_invalid` for what is no regular file. */
  static async open(root: string, path: string): Promise<RawFile> {
    const real = await resolveUnderRoot(root, path);
    // Not following a last link, not waiting for a writer of a FIFO: what was resolved is what is opened.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(real, flags).catch((cause: unknown) => {
      throw unreadable(path, cause);
    });
    try {
      const isFile = (await handle.stat()).isFile();
      if (!isFile) {
        throw fail('source_invalid', `${path} is not a regular file.`, {
          next: 'Name regular files only.',
          place: path,
        });
      }
      // A directory on the way may have become a link between resolving and opening.
      if ((await resolveUnderRoot(root, path)) !== real) throw unreadable(path, undefined);
      return new RawFile(handle, path);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  }

  /**
   * The bytes, once. Closes the file at the end, whatever the end. A chunk is valid until six more
   * were asked for.
   */
  async *chunks(signal?: AbortSignal): AsyncGenerator<Buffer> {
    let next = this.#ahead();
    try {
      for (;;) {
        throwIfAborted(signal);
        const chunk = await next;
        const last = chunk.length < CHUNK;
        // The disk works while the chunk before is being looked at.
        if (!last) next = this.#ahead();
        if (chunk.length > 0) {
          this.#hash.update(chunk);
          this.#size += chunk.length;
          yield chunk;
        }
        if (last) return;
      }
    } finally {
      await next.catch(() => undefined);
      await this.close();
    }
  }

  /** For a file that is not read to its end. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#handle.close();
    return this.#closed;
  }

  /** Of the bytes read so far. */
  seal(): { sha256: string; size: number } {
    this.#digest ??= this.#hash.digest('hex');
    return { sha256: this.#digest, size: this.#size };
  }

  #ahead(): Promise<Buffer> {
    const next = this.#read();
    // Whoever awaits it hears of its failure; nobody may by then.
    next.catch(() => undefined);
    return next;
  }

  /** A full buffer, except at the end of the file. */
  async #read(): Promise<Buffer> {
    const buffer = this.#ring.next();
    let length = 0;
    try {
      while (length < CHUNK) {
        const { bytesRead } = await this.#handle.read(buffer, length, CHUNK - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } catch (cause) {
      throw fail('source_gone', `${this.#path} could not be read to its end.`, {
        next: 'Bring the file back (or the file system it is on), then run the goal again.',
        place: this.#path,
        cause,
      });
    }
  }
}

/** Throws `cancelled`. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw fail('cancelled', 'Reading was cancelled.', {
    next: 'Nothing; run the goal again if it is still wanted.',
  });
}

function unreadable(path: string, cause: unknown): Error {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'EACCES' || code === 'EPERM') {
    return fail('permission_denied', `${path} may not be read by this user.`, {
      next: 'Give the worker’s user the right to read it.',
      place: path,
      cause,
    });
  }
  return fail('source_missing', `${path} was moved while it was being opened.`, {
    next: 'Run the goal again when nothing moves files there.',
    place: path,
    cause,
  });
}
