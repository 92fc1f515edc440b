import { formatOf, framingOf, isGzip, nullsOf } from '../../../capabilities/ingest/format';
import type { FromFiles } from '../../../capabilities/ingest/input';
import { drain, readDelimited, readJsonLines, type FileReader } from '../../../capabilities/ingest/read-file';
import { ColumnSet } from '../../../capabilities/ingest/scan/columns';
import { Kind } from '../../../capabilities/ingest/scan/json-object';
import { JsonColumns } from '../../../capabilities/ingest/scan/jsonl';
import { Nulls, type BadRecord } from '../../../capabilities/ingest/scan/record';
import { mayMeet } from '../../../governance/policy/glob';
import { throwIfAborted } from '../../../sources/files/raw';
import type { FoundFile, Sources } from '../../../sources/sources';
import { pathAsData } from '../mask/names';
import { tells } from '../mask/sensitive';
import { SeenColumn } from './seen-column';
import type { ToolContext } from './tool';

/** Records looked at, over all files, and files looked into. */
const RECORDS = 1_000;
const FILES = 3;

/** What files hold, by the beginning of the first of them, with the reader that loads them. */
export async function previewFiles(from: FromFiles, ctx: ToolContext): Promise<Record<string, unknown>> {
  const sources = ctx.services.sources(ctx.bundle, RECORDS);
  try {
    ctx.heartbeat();
    const found = await sources.list(from.files, from.connection);
    const looked = found.slice(0, FILES);
    const format = formatOf(
      from,
      looked.map(({ path }) => path),
    );
    const columns = new Map<string, SeenColumn>();
    const rejects = { total: 0, reasons: new Map<string, number>() };
    const hidden = declaredSensitive(from, ctx);
    let records = 0;
    const headers: string[][] = [];
    for (const file of looked) {
      const reader: FileReader = {
        framing: { ...framingOf(from, format), gzip: isGzip(file.path), skip: from.skip ?? 0 },
        nulls: new Nulls(nullsOf(from, format), from.quotedNulls),
        pulse: () => {
          throwIfAborted(ctx.signal);
          ctx.heartbeat();
        },
      };
      const column = (name: string): SeenColumn => {
        const known = columns.get(name) ?? new SeenColumn(name, hidden || tells(name));
        columns.set(name, known);
        return known;
      };
      const bad = ({ reason }: BadRecord): void => {
        rejects.total++;
        rejects.reasons.set(reason, (rejects.reasons.get(reason) ?? 0) + 1);
      };
      records +=
        format === 'jsonl'
          ? await lookAtJson(sources, file, reader, column, bad)
          : await lookAtRows(sources, file, reader, from, column, bad, headers);
    }
    const seen = [...columns.values()];
    return {
      files: found.length,
      bytes: found.reduce((sum, { size }) => sum + size, 0),
      looked_at: looked.map(({ path, size }) => ({ path: pathAsData(path), size })),
      ...{ format, records_looked_at: records },
      ...(rejects.total > 0
        ? { records_that_do_not_fit: rejects.total, reasons: [...rejects.reasons].slice(0, 10) }
        : {}),
      ...(headers.some((header) => header.join('\0') !== headers[0]!.join('\0'))
        ? { headers_differ: true }
        : {}),
      columns: seen.map((column) => column.asData()),
      rows: sampleOf(seen),
    };
  } finally {
    await sources.close();
  }
}

/** A few records, by column; each value as the column shows it. */
function sampleOf(columns: readonly SeenColumn[]): unknown[][] {
  const longest = Math.max(0, ...columns.map((column) => column.first.length));
  return Array.from({ length: longest }, (_, row) => columns.map((column) => column.shown(row)));
}

function declaredSensitive(from: FromFiles, ctx: ToolContext): boolean {
  return [ctx.bundle.config, ctx.services.project.config].some((config) => {
    const connection = config.connections[from.connection ?? ''];
    const globs = Object.keys(connection?.classification ?? {});
    return globs.some((glob) => from.files.some((wanted) => mayMeet(glob, wanted)));
  });
}

async function lookAtRows(
  sources: Sources,
  file: FoundFile,
  reader: FileReader,
  from: FromFiles,
  column: (name: string) => SeenColumn,
  bad: (record: BadRecord) => void,
  headers: string[][],
): Promise<number> {
  const reading = readDelimited(sources, file, reader, {
    begin: (first) => {
      const names = namesOf(first, from);
      headers.push(names);
      const seen = names.map(column);
      return {
        columns: new ColumnSet(
          seen.map(({ state }) => state),
          true,
        ),
        sink: {
          bad,
          good: (buf, fields) => {
            for (let at = 0; at < seen.length; at++) {
              const value = fields.value(buf, at);
              const quoted = fields.quoted[at]! > 0;
              const isNull = reader.nulls.has(value.buf, value.start, value.end, quoted);
              seen[at]!.see(isNull ? null : value.buf.toString('utf8', value.start, value.end));
            }
          },
        },
      };
    },
  });
  return (await drain(reading)).records;
}

function namesOf(first: readonly string[], { header }: FromFiles): string[] {
  if (Array.isArray(header)) return first.map((_, at) => header[at] ?? `column_${at + 1}`);
  return first.map((name, at) => (header === 0 || name.trim() === '' ? `column_${at + 1}` : name));
}

async function lookAtJson(
  sources: Sources,
  file: FoundFile,
  reader: FileReader,
  column: (name: string) => SeenColumn,
  bad: (record: BadRecord) => void,
): Promise<number> {
  const seen: SeenColumn[] = [];
  const columns = new JsonColumns((key) => {
    const made = column(key);
    seen.push(made);
    return made.state;
  });
  const reading = readJsonLines(sources, file, reader, columns, {
    bad,
    good: (buf, values) => {
      seen.forEach((each, at) => {
        const value = values[at];
        if (!value || value.kind === Kind.missing) return each.see(undefined);
        const text = value.kind === Kind.string ? value.text : buf.toString('utf8', value.start, value.end);
        each.see(value.kind === Kind.null ? null : text);
      });
    },
  });
  return (await drain(reading)).records;
}
