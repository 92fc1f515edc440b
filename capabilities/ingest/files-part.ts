import type { FilePart, FilesPart, Layout, LoadedColumn } from './body';
import type { ColumnsPlan } from './columns-plan';
import { fileLabel } from './history';
import type { FromFiles } from './input';
import type { ScannedFile, ScanOptions } from './scan-files';

const LINE_BREAK = /[\r\n]/;

/** What apply needs to read the files again: layouts, and for each file whether COPY may take its bytes as they are. */
export function filesPart(
  from: FromFiles,
  options: ScanOptions,
  scanned: readonly ScannedFile[],
  plan: ColumnsPlan,
  columns: readonly LoadedColumn[],
  again: ReadonlySet<string>,
): FilesPart {
  const layouts: Layout[] = [];
  const jsonl = options.framing.format === 'jsonl';
  const keys = jsonl ? columns.map(({ name }) => plan.sourceNames.get(name)!) : [];
  const files = scanned.map((file): FilePart => {
    const fields = jsonl ? keys : file.fields;
    const names = jsonl ? columns.map(({ name }) => name) : file.names;
    const pick = columns.map(({ name }) => names.indexOf(name));
    let layout = layouts.findIndex((known) => same(known.fields, fields) && same(known.pick, pick));
    if (layout < 0) layout = layouts.push({ fields, pick }) - 1;
    const { path, connection, size, sha256, content, records, rejected, gzip, skip } = file;
    return {
      path,
      ...(connection !== undefined && { connection }),
      size,
      sha256,
      ...(content !== undefined && { content }),
      records,
      rejected,
      gzip,
      ...(again.has(fileLabel(file)) && { again: true as const }),
      skip,
      layout,
      direct: jsonl ? null : directCopy(options, file, layouts[layout]!, columns.length),
    };
  });
  return {
    kind: 'files',
    framing: { ...options.framing, gzip: false, skip: 0 },
    nulls: options.nulls,
    quotedNulls: from.quotedNulls,
    header: options.framing.header === 1,
    layouts,
    files,
  };
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

/**
 * COPY may read the file's own bytes when it would see what the scanner saw: every record good and loaded whole, nothing
 * escaped, at most one line of header, no empty line, one kind of line end, at most one spelling of null. A file of one column is never given to it: `\.` alone on a
 * line and an empty line mean something else there.
 */
function directCopy(
  options: ScanOptions,
  { scanned, fields }: ScannedFile,
  layout: Layout,
  loaded: number,
): FilePart['direct'] {
  const { framing } = options;
  const oneLineEnd = (scanned.lineEnds & (scanned.lineEnds - 1)) === 0;
  const whole = loaded === fields.length && loaded > 1 && new Set(layout.pick).size === loaded;
  const clean = scanned.rejected === 0 && scanned.blankLines === 0 && oneLineEnd;
  if (!whole || !clean || scanned.records === 0) return null;
  if (framing.quote === 0 || framing.escape !== 0 || framing.header > 1) return null;
  const { nullsSeen } = scanned;
  if ((nullsSeen & (nullsSeen - 1)) !== 0) return null;
  // With one spelling nobody looked whether it occurs in text columns: COPY is told of it all the same.
  const spelling =
    nullsSeen === 0
      ? options.nulls.length === 1
        ? options.nulls[0]!
        : undefined
      : options.nulls[31 - Math.clz32(nullsSeen)]!;
  if (spelling === undefined) return { null: null };
  const reserved = [framing.delimiter, framing.quote].map((byte) => String.fromCharCode(byte));
  // A spelling that cannot occur in an unquoted field, and that COPY would refuse.
  if (reserved.some((byte) => spelling.includes(byte)) || LINE_BREAK.test(spelling)) {
    return options.quotedNulls ? null : { null: null };
  }
  return { null: spelling };
}
