const LF = 10;
const CR = 13;

/** Counts how often some bytes stand alone in a stream: between two line ends, or two of the given edges. */
export class Needle {
  count = 0;
  readonly bytes: Buffer;
  readonly #edges: Uint8Array;
  /** The end of what came before, one byte longer than the needle; at first, the line end before the stream. */
  #tail: Buffer = Buffer.from([LF]);

  constructor(bytes: Buffer, edges: readonly number[] = []) {
    this.bytes = bytes;
    this.#edges = new Uint8Array(256);
    for (const edge of [LF, CR, ...edges]) this.#edges[edge] = 1;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const reach = this.bytes.length + 1;
    // What lies across the border is found in the bytes on both sides of it, the rest within the chunk.
    this.#search(Buffer.concat([this.#tail, chunk.subarray(0, reach)]));
    this.#search(chunk);
    this.#tail =
      chunk.length >= reach
        ? Buffer.from(chunk.subarray(chunk.length - reach))
        : Buffer.concat([this.#tail, chunk]).subarray(-reach);
  }

  end(): void {
    this.#search(Buffer.concat([this.#tail, Buffer.from([LF])]));
  }

  /** Only where the bytes before and after are known. */
  #search(bytes: Buffer): void {
    const { length } = this.bytes;
    for (let at = bytes.indexOf(this.bytes, 1); at > 0; at = bytes.indexOf(this.bytes, at + 1)) {
      const after = bytes[at + length];
      if (after !== undefined && this.#edges[bytes[at - 1]!] && this.#edges[after]) this.count++;
    }
  }
}
