import type { FileName, Framing, Sources } from '../../../sources/sources';

/** Bytes at the beginning of a file by which its dialect is judged. */
const HEAD = 64 * 1024;

export interface Head {
  text: string;
  /** It is the whole file. */
  whole: boolean;
}

/** The beginning of a file as text. Throws what opening and reading it throws. */
export async function readHead(
  sources: Sources,
  file: FileName,
  framing: Framing,
  signal: AbortSignal,
): Promise<Head> {
  const opened = await sources.open(file, framing, { signal });
  const parts: Buffer[] = [];
  let length = 0;
  let whole = true;
  for await (const chunk of opened.chunks) {
    if (length >= HEAD) {
      whole = false;
      break;
    }
    const part = Buffer.from(chunk.subarray(0, HEAD - length));
    whole = part.length === chunk.length;
    parts.push(part);
    length += part.length;
    if (!whole) break;
  }
  return { text: Buffer.concat(parts).toString('utf8'), whole };
}

const LINE = /\r\n|\n|\r/g;

/** What is left after so many physical lines. */
export function withoutLines(text: string, lines: number): string {
  LINE.lastIndex = 0;
  for (let left = lines; left > 0; left--) if (!LINE.exec(text)) return '';
  return lines === 0 ? text : text.slice(LINE.lastIndex);
}
