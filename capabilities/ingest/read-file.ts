import { fail } from '../../schemas/errors';
import type { FileName, FileSeal, Framing, OpenOptions, Sources } from '../../sources/sources';
import type { ColumnSet } from './scan/columns';
import { DelimitedScanner } from './scan/delimited';
import { readHeader } from './scan/header';
import { JsonLinesScanner, type JsonColumns, type JsonSink } from './scan/jsonl';
import type { Dialect, Nulls, Sink } from './scan/record';

export interface FileReader {
  framing: Framing;
  nulls: Nulls;
  /** Between two chunks: tells that there is progress, and throws when it is time to stop. */
  pulse(bytes: number): void;
}

export interface DelimitedJob {
  /**
   * The columns of a file whose first record has these fields, the sink of its rows, and who looks at the bytes besides.
   * `header`: its bytes.
   */
  begin(first: string[], header: Buffer): { columns: ColumnSet; sink: Sink; watch?: Watch };
}

/** Is given the bytes of the records as they come. */
export interface Watch {
  push(bytes: Buffer): void;
  end(): void;
}

export interface Scanned {
  seal: FileSeal;
  records: number;
  rejected: number;
  /** Of a delimited file. */
  blankLines: number;
  lineEnds: number;
  nullsSeen: number;
  /** What is no fault and yet odd; of a delimited file. */
  odd?: Pick<DelimitedScanner, 'between' | 'hollow' | 'last'>;
}

/**
 * Reads a delimited file to its end; after each chunk `afterChunk` may pass on what the sink has collected.
 * Throws `source_invalid` for an empty file that should have a header, and what the scanner throws.
 */
export async function* readDelimited(
  sources: Sources,
  file: FileName,
  reader: FileReader,
  job: DelimitedJob,
  options: OpenOptions & { take?: (all: boolean) => Buffer[] } = {},
): AsyncGenerator<Buffer, Scanned> {
  const { framing, nulls } = reader;
  const dialect: Dialect = framing;
  const opened = await sources.open(file, framing, options);
  let head: Buffer = Buffer.alloc(0);
  let scanner: DelimitedScanner | undefined;
  let watch: Watch | undefined;
  const start = (bytes: Buffer, last: boolean): void => {
    const at = { records: framing.header, line: framing.skip + 1, last };
    const header = readHeader(bytes, dialect, file.path, at);
    if (!header) {
      head = Buffer.from(bytes);
      return;
    }
    const begun = job.begin(header.fields, bytes.subarray(0, header.bytes));
    const { columns, sink } = begun;
    watch = begun.watch;
    scanner = new DelimitedScanner(file.path, header.line, dialect, columns, nulls, sink);
    scanner.lineEnds |= header.lineEnds;
    scanner.blankLines += header.blankLines;
    scanner.push(bytes.subarray(header.bytes));
    watch?.push(bytes.subarray(header.bytes));
  };
  for await (const chunk of opened.chunks) {
    reader.pulse(chunk.length);
    for (const part of slices(chunk, options.take)) {
      if (scanner) {
        scanner.push(part);
        watch?.push(part);
      } else start(Buffer.concat([head, part]), false);
      if (options.take) yield* options.take(false);
    }
  }
  if (!scanner && head.length > 0) start(head, true);
  scanner?.end();
  watch?.end();
  if (options.take) yield* options.take(true);
  if (!scanner && framing.header > 0) {
    throw fail(
      'source_invalid',
      `${file.path} is empty${framing.skip > 0 ? ` after its first ${framing.skip} lines` : ''}: it has not even a header.`,
      {
        next: 'Fetch the file again, leave it out, or declare `header: none`.',
        place: file.path,
      },
    );
  }
  return {
    seal: opened.seal(),
    records: scanner?.records ?? 0,
    rejected: scanner?.rejected ?? 0,
    blankLines: scanner?.blankLines ?? 0,
    lineEnds: scanner?.lineEnds ?? 0,
    nullsSeen: nulls.seen,
    ...(scanner && { odd: scanner }),
  };
}

/** Reads a file of JSON lines to its end, likewise. */
export async function* readJsonLines(
  sources: Sources,
  file: FileName,
  reader: FileReader,
  columns: JsonColumns,
  sink: JsonSink,
  options: OpenOptions & { take?: (all: boolean) => Buffer[] } = {},
): AsyncGenerator<Buffer, Scanned> {
  const opened = await sources.open(file, reader.framing, options);
  const scanner = new JsonLinesScanner(file.path, columns, reader.nulls, sink);
  for await (const chunk of opened.chunks) {
    reader.pulse(chunk.length);
    for (const part of slices(chunk, options.take)) {
      scanner.push(part);
      if (options.take) yield* options.take(false);
    }
  }
  scanner.end();
  if (options.take) yield* options.take(true);
  const { records, rejected } = scanner;
  return { seal: opened.seal(), records, rejected, blankLines: 0, lineEnds: 0, nullsSeen: 0 };
}

/** What is rewritten goes in small bites: a short JSON line may become a long row, and all of a bite is held at once. */
const BITE = 32 * 1024;

function* slices(chunk: Buffer, take: unknown): Generator<Buffer> {
  if (take === undefined) {
    yield chunk;
    return;
  }
  for (let at = 0; at < chunk.length; at += BITE) yield chunk.subarray(at, at + BITE);
}

/** Runs a reader that passes nothing on. */
export async function drain(reading: AsyncGenerator<Buffer, Scanned>): Promise<Scanned> {
  for (;;) {
    const step = await reading.next();
    if (step.done) return step.value;
  }
}
