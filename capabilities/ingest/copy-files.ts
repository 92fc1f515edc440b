import type { Sources } from '../../sources/sources';
import type { WriteContext } from '../capability';
import type { FilePart, FilesPart, IngestBody } from './body';
import { copyStatement, intoOf } from './change-text';
import { Pulse } from './context';
import { loading } from './failures';
import { fileLabel } from './history';
import { readDelimited, readJsonLines, type FileReader, type Scanned } from './read-file';
import { ColumnSet, ColumnState } from './scan/columns';
import { CsvWriter } from './scan/csv-writer';
import { JsonColumns } from './scan/jsonl';
import { Nulls, type BadRecord } from './scan/record';
import { delimitedRewriter, jsonRewriter, writtenAs } from './scan/rewrite';
import { quarantineRow, QUARANTINE_COPY } from './set-aside';
import { declaredType } from './types/declared';
import { promiseOf } from './types/promised';

/** What became of one file. */
export interface CopiedFile {
  file: FilePart;
  /** Records the source said it would serve. */
  expected: number;
  copied: number;
  rejected: number;
}

/** Copies every file into a table, and the rows that do not fit into `sluice.quarantine`. */
export async function copyFiles(
  body: IngestBody,
  part: FilesPart,
  loadId: string,
  ctx: WriteContext,
): Promise<CopiedFile[]> {
  const pulse = new Pulse(ctx, 'copying');
  const copied: CopiedFile[] = [];
  for (const file of part.files) {
    pulse.files++;
    const into = intoOf(body, file);
    copied.push(
      file.direct === null
        ? await copyRewritten(body, part, file, loadId, into, ctx, pulse)
        : await copyDirect(body, part, file, into, ctx, pulse),
    );
  }
  return copied;
}

/** The file's own bytes, hashed on the way: what was looked at when proposing, or the load fails as stale. */
async function copyDirect(
  body: IngestBody,
  part: FilesPart,
  file: FilePart,
  into: string,
  ctx: WriteContext,
  pulse: Pulse,
): Promise<CopiedFile> {
  const opened = await ctx.sources.open(
    file,
    { ...part.framing, gzip: file.gzip, skip: file.skip },
    { promised: file, signal: ctx.signal },
  );
  const copied = await loading(
    file.path,
    body.relation,
    () => ctx.session.copyIn(copyStatement(body, part, file, into), pulse.watch(opened.chunks)),
    (line) => `${file.path}:${Number(line) + file.skip}`,
  );
  return { file, expected: opened.seal().expectedRecords!, copied, rejected: 0 };
}

async function copyRewritten(
  body: IngestBody,
  part: FilesPart,
  file: FilePart,
  loadId: string,
  into: string,
  ctx: WriteContext,
  pulse: Pulse,
): Promise<CopiedFile> {
  let scanned: Scanned | undefined;
  const rows = async function* (): AsyncGenerator<Buffer> {
    scanned = yield* readAgain(body, part, file, ctx, pulse, { good: true });
  };
  const copied = await loading(file.path, body.relation, () =>
    ctx.session.copyIn(copyStatement(body, part, file, into), rows()),
  );
  const { rejected, seal } = scanned!;
  if (rejected > 0) {
    // COPY has the connection to itself, so the bad rows of a file are read a second time: nothing piles up in memory.
    const label = fileLabel(file);
    const bad = (writer: CsvWriter, record: BadRecord): void =>
      quarantineRow(writer, loadId, body.relation, label, record);
    await ctx.session.copyIn(QUARANTINE_COPY, readAgain(body, part, file, ctx, pulse, { bad }));
  }
  return { file, expected: seal.expectedRecords!, copied, rejected };
}

interface Wanted {
  /** Good rows, as CSV for the load's COPY. */
  good?: boolean;
  bad?(writer: CsvWriter, record: BadRecord): void;
}

/** Reads a file as it was read when proposing, every column declared now, and passes on the rows that are wanted. */
function readAgain(
  body: IngestBody,
  part: FilesPart,
  file: FilePart,
  ctx: { sources: Sources; signal: AbortSignal },
  pulse: Pulse,
  wanted: Wanted,
): AsyncGenerator<Buffer, Scanned> {
  const framing = { ...part.framing, gzip: file.gzip, skip: file.skip };
  const nulls = new Nulls(part.nulls, part.quotedNulls);
  const reader: FileReader = { framing, nulls, pulse: (bytes) => pulse.beat(bytes) };
  const { fields, pick } = part.layouts[file.layout]!;
  const writer = new CsvWriter(
    wanted.good && framing.format === 'delimited' ? writtenAs(framing) : undefined,
  );
  const options = { promised: file, signal: ctx.signal, take: (all: boolean) => writer.take(all) };
  const bad = wanted.bad && ((record: BadRecord) => wanted.bad!(writer, record));
  if (framing.format === 'jsonl') {
    const columns = new JsonColumns();
    body.columns.forEach((column, at) => columns.add(fields[at]!, stateOf(column)));
    const json = body.columns.map((column) => declaredOf(column)?.json ?? false);
    const good = wanted.good ? jsonRewriter(writer, pick, json).good : undefined;
    return readJsonLines(ctx.sources, file, reader, columns, { good, bad }, options);
  }
  const states = fields.map((name, at) => {
    const column = body.columns[pick.indexOf(at)];
    return column ? stateOf(column) : new ColumnState(name, { opaque: true });
  });
  const good = wanted.good ? delimitedRewriter(writer, framing, pick, nulls).good : undefined;
  // Names and number of the fields are known: the file is the one that was looked at.
  const begin = (): { columns: ColumnSet; sink: { good: typeof good; bad: typeof bad } } => ({
    columns: new ColumnSet(states, false),
    sink: { good, bad },
  });
  return readDelimited(ctx.sources, file, reader, { begin }, options);
}

type Column = IngestBody['columns'][number];

function declaredOf(column: Column): ReturnType<typeof declaredType> {
  return declaredType(column.checkAs ?? column.type, column.labels);
}

function stateOf(column: Column): ColumnState {
  const declared = declaredOf(column);
  const promised = column.promised && promiseOf(column.checkAs ?? column.type);
  return new ColumnState(column.name, {
    required: column.required,
    declared,
    ...(promised && { promised }),
    opaque: !declared,
  });
}
