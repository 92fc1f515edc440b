const LF = 10;
const CR = 13;

/** The bytes after the first `lines` physical lines, each ended by `\n`, `\r\n` or a lone `\r`. */
export async function* skipLines(chunks: AsyncIterable<Buffer>, lines: number): AsyncGenerator<Buffer> {
  let left = lines;
  // The line that was left out last ended with `\r`: a `\n` after it is part of that end.
  let afterCr = false;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length && (left > 0 || afterCr)) {
      const byte = chunk[at]!;
      if (afterCr) {
        afterCr = false;
        if (byte === LF) at++;
        continue;
      }
      at++;
      if (byte !== LF && byte !== CR) continue;
      left--;
      afterCr = byte === CR;
    }
    if (at < chunk.length) yield at === 0 ? chunk : chunk.subarray(at);
  }
}
