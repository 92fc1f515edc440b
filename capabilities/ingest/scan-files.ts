import { fail, type Fault } from '../../schemas/errors';
import type { FoundFile, Framing, Sources } from '../../sources/sources';
import type { FilePart } from './body';
import type { ColumnsPlan } from './columns-plan';
import type { Pulse } from './context';
import { isGzip } from './format';
import { Oddities } from './oddities';
import { Rejects } from './quarantine';
import { drain, readDelimited, readJsonLines, type Scanned } from './read-file';
import { ColumnSet, ColumnState } from './scan/columns';
import { JsonColumns } from './scan/jsonl';
import { Nulls } from './scan/record';

export interface ScanOptions {
  framing: Omit<Framing, 'gzip' | 'skip'>;
  /** Lines left out at the top of each file; absent: none. */
  skips?: readonly number[];
  nulls: string[];
  quotedNulls: boolean;
  /** Names of the fields where no header has them; absent: made up. */
  names?: string[];
}

/** A file that was looked at from end to end. */
export interface ScannedFile extends Omit<FilePart, 'layout' | 'direct'> {
  /** Names in the file, and in the table (`undefined`: left out). */
  fields: string[];
  names: (string | undefined)[];
  scanned: Scanned;
  oddities?: Oddities;
}

export interface ScanResult {
  files: ScannedFile[];
  rejects: Rejects;
}

/**
 * Looks at every byte of every file, before anybody is asked: columns, types, nulls, faults, hashes.
 * Throws `source_invalid` where files contradict each other, and whatever reading throws.
 */
export async function scanFiles(
  sources: Sources,
  files: readonly FoundFile[],
  plan: ColumnsPlan,
  options: ScanOptions,
  pulse: Pulse,
): Promise<ScanResult> {
  const rejects = new Rejects();
  const json = new JsonColumns((key) => jsonColumn(plan, key, files[0]!.path));
  if (options.framing.format === 'jsonl') for (const key of plan.chosen) json.indexOf(key);
  const scanned: ScannedFile[] = [];
  let expected: { names: string[]; path: string } | undefined;
  for (const [index, file] of files.entries()) {
    pulse.files++;
    const reader = {
      framing: { ...options.framing, gzip: isGzip(file.path), skip: options.skips?.[index] ?? 0 },
      nulls: new Nulls(options.nulls, options.quotedNulls),
      pulse: (bytes: number) => pulse.beat(bytes),
    };
    let fields: string[] = [];
    let names: (string | undefined)[] = [];
    let oddities: Oddities | undefined;
    const bad = (record: Parameters<Rejects['add']>[1]): void => rejects.add(file.path, record);
    const reading =
      options.framing.format === 'jsonl'
        ? readJsonLines(sources, file, reader, json, { bad })
        : readDelimited(sources, file, reader, {
            begin: (first, header) => {
              fields = fieldNames(first, options, file.path);
              names = plan.names(fields, file.path);
              expected ??= { names: named(names), path: file.path };
              assertAlike(expected, named(names), file.path);
              const states = names.map((name, at) =>
                name === undefined
                  ? new ColumnState(fields[at]!, { opaque: true })
                  : plan.column(name, fields[at]!).state,
              );
              oddities = new Oddities(header, options.framing, options.nulls);
              return {
                columns: new ColumnSet(states, options.nulls.length > 1),
                sink: { bad },
                watch: oddities,
              };
            },
          });
    const result = await drain(reading);
    const { sha256, size, content } = result.seal;
    const { records, rejected } = result;
    const connection = file.connection === undefined ? {} : { connection: file.connection };
    const { gzip, skip } = reader.framing;
    scanned.push({
      path: file.path,
      ...connection,
      size,
      sha256,
      ...(content !== undefined && { content }),
      records,
      rejected,
      gzip,
      skip,
      fields,
      names,
      scanned: result,
      ...(oddities && { oddities }),
    });
  }
  return { files: scanned, rejects };
}

function named(names: readonly (string | undefined)[]): string[] {
  return names.filter((name) => name !== undefined);
}

function jsonColumn(plan: ColumnsPlan, key: string, place: string): ColumnState | undefined {
  const name = plan.jsonName(key, place);
  return name === undefined ? undefined : plan.column(name, key).state;
}

/** What the fields of a file are called. Throws `source_invalid` when names were declared and there are not as many fields. */
function fieldNames(first: string[], { framing, names }: ScanOptions, path: string): string[] {
  if (framing.header > 0) return first.map((name, at) => (name.trim() === '' ? `column_${at + 1}` : name));
  if (names === undefined) return first.map((_, at) => `column_${at + 1}`);
  if (names.length === first.length) return names;
  throw fail(
    'source_invalid',
    `${path} has ${first.length} fields in its first line, but ${names.length} are named.`,
    {
      next: 'Correct `from.header`, or the delimiter.',
      place: `${path}:1`,
    },
  );
}

/** Throws `source_invalid` for a file that does not have the columns of the first one (their order is free). */
function assertAlike(expected: { names: string[]; path: string }, names: string[], path: string): void {
  const missing = expected.names.filter((name) => !names.includes(name));
  const extra = names.filter((name) => !expected.names.includes(name));
  if (missing.length === 0 && extra.length === 0) return;
  const faults: Fault[] = [
    ...missing.map((name) => ({ path, message: `lacks ${name}` })),
    ...extra.map((name) => ({ path, message: `has ${name} besides` })),
  ];
  throw fail(
    'source_invalid',
    `${path} does not have the columns of ${expected.path}: it ${faults.map((f) => f.message).join(', ')}.`,
    {
      next: 'Load files of different columns in different steps, or choose the columns they share (`columns`).',
      place: path,
      faults,
    },
  );
}
