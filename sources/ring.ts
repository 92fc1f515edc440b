/** Bytes of one buffer: large enough that a loop over chunks costs nothing. */
export const CHUNK = 256 * 1024;
/** Buffers that are used in turn: as many chunks may be on their way at once, less one. */
const BUFFERS = 8;

/**
 * Buffers that are used again and again. What is allocated outside the heap for every chunk of a long stream lives just
 * long enough to leave the young generation, and then piles up by hundreds of megabytes before it is collected.
 *
 * Whoever gathers small chunks before passing them on (COPY does, up to 64 KiB) would hold more of them than there are
 * buffers: so every chunk but the last of a stream must fill its buffer.
 */
export class Ring {
  readonly #buffers: Buffer[] = [];
  #turn = 0;

  /** A buffer of {@link CHUNK} bytes, valid until seven more were asked for. */
  next(): Buffer {
    return (this.#buffers[this.#turn++ % BUFFERS] ??= Buffer.allocUnsafeSlow(CHUNK));
  }
}

/** The same bytes in full buffers of a ring: each chunk is valid until six more were asked for. */
export async function* inRing(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const ring = new Ring();
  let buffer = ring.next();
  let length = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const copied = chunk.copy(buffer, length, at);
      at += copied;
      length += copied;
      if (length < CHUNK) continue;
      yield buffer;
      buffer = ring.next();
      length = 0;
    }
  }
  if (length > 0) yield buffer.subarray(0, length);
}
