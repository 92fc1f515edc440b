/** 11 bytes of signature, 4 of flags, 4 for the length of the header's extension. */
const HEADER = 19;

/**
 * Counts the rows of a binary COPY stream as it passes by, whatever the chunks, and sees whether it came to its end.
 * Format: PostgreSQL documentation, COPY, "Binary Format".
 */
export class BinaryRows {
  rows = 0;
  /** The trailer has come: the source sent all it had. */
  complete = false;
  #inHeader = true;
  /** Bytes to pass over before the next number. */
  #skip = 0;
  /** Fields of the current row that are still to come. */
  #fields = 0;
  /** A number, or the header, that is cut in two by the chunk's end. */
  #part: Buffer = Buffer.alloc(0);

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    const buf = this.#part.length > 0 ? Buffer.concat([this.#part, chunk]) : chunk;
    let p = this.#begin(buf);
    if (p < buf.length || this.#skip === 0) p = this.#walk(buf, p);
    this.#part = p < buf.length && !this.complete ? Buffer.from(buf.subarray(p)) : Buffer.alloc(0);
  }

  /** Past the header and what is left of a field that the chunk before began. */
  #begin(buf: Buffer): number {
    if (this.#inHeader) {
      if (buf.length < HEADER) return 0;
      this.#inHeader = false;
      this.#skip = HEADER + buf.readInt32BE(HEADER - 4);
    }
    const passed = Math.min(this.#skip, buf.length);
    this.#skip -= passed;
    return passed;
  }

  /** Returns where it stopped: at a number that is not whole, or at the end, `#skip` bytes of a field still missing. */
  #walk(buf: Buffer, from: number): number {
    const end = buf.length;
    const view = new DataView(buf.buffer, buf.byteOffset, end);
    let p = from;
    let fields = this.#fields;
    while (!this.#inHeader && !this.complete) {
      while (fields > 0 && end - p >= 4) {
        const length = view.getInt32(p);
        p += length > 0 ? 4 + length : 4;
        fields--;
        if (p > end) {
          this.#skip = p - end;
          p = end;
        }
      }
      if (fields > 0 || end - p < 2) break;
      fields = view.getInt16(p);
      p += 2;
      if (fields < 0) this.complete = true;
      else this.rows++;
    }
    this.#fields = fields;
    return p;
  }
}
