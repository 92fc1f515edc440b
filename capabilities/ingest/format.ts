import { fail } from '../../schemas/errors';
import type { Framing } from '../../sources/sources';
import type { FromFiles } from './input';

const BY_EXTENSION: Record<string, 'csv' | 'tsv' | 'jsonl'> = {
  csv: 'csv',
  txt: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
};

export type Format = 'csv' | 'tsv' | 'jsonl';

/** The declared format, or the one that the names say. Throws `source_invalid` when they say none, or several. */
export function formatOf(from: FromFiles, paths: readonly string[]): Format {
  if (from.format) return from.format;
  let found: Format | undefined;
  for (const path of paths) {
    const extension = /\.([^./]+?)(\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
    const format = Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
    if (format === undefined || (found !== undefined && format !== found)) {
      throw fail(
        'source_invalid',
        `The name of ${path} does not say ${found ? `${found}, like the others` : 'what is in it'}.`,
        {
          next: 'Declare it: `format: csv`, `tsv` or `jsonl`; load files of different formats in different steps.',
          place: path,
        },
      );
    }
    found = format;
  }
  return found ?? 'csv';
}

/** How the files are read as text, as far as the goal and the format say; gzip and skipped lines are each file's own. */
export function framingOf(from: FromFiles, format: Format): Omit<Framing, 'gzip' | 'skip'> {
  const byte = (text: string): number => (text === '' ? 0 : text.charCodeAt(0));
  const { header = 1 } = from;
  return {
    format: format === 'jsonl' ? 'jsonl' : 'delimited',
    encoding: from.encoding,
    delimiter: byte(from.delimiter ?? (format === 'tsv' ? '\t' : ',')),
    quote: byte(from.quote ?? '"'),
    escape: byte(from.escape ?? ''),
    header: format === 'jsonl' || Array.isArray(header) ? 0 : header,
  };
}

export function isGzip(path: string): boolean {
  return /\.gz$/i.test(path);
}

/** Spellings of null: as declared, else an empty field; JSON has a null of its own. */
export function nullsOf(from: FromFiles, format: Format): string[] {
  return from.nulls ?? (format === 'jsonl' ? [] : ['']);
}
