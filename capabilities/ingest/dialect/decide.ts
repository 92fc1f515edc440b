import type { Finding } from '../../../schemas/change';
import { fail } from '../../../schemas/errors';
import type { FoundFile, Framing, Sources } from '../../../sources/sources';
import { isGzip } from '../format';
import type { FromFiles } from '../input';
import { normaliseName } from '../names';
import { examine } from './examine';
import { readHead, withoutLines, type Head } from './head';
import type { Marks } from './parse';
import { describeDialect, show } from './words';

/** How the files of a load are read. */
export interface Dialects {
  framing: Omit<Framing, 'gzip' | 'skip'>;
  /** Lines that are left out at the top of each file, in their order. */
  skips: number[];
  findings: Finding[];
}

/** First line by which Excel is told the delimiter. */
const SEP = /^"?sep=([^\r\n"]|"(?="))"?[ \t]*(?:\r\n|\n|\r|$)/i;

export interface Known {
  framing: Omit<Framing, 'gzip' | 'skip'>;
  nulls: readonly string[];
  /** Names of columns that the table, or the goal, has already. */
  names: readonly string[];
}

/**
 * Looks at the beginning of each file. A line `sep=…` is obeyed (Excel's) where the goal names no delimiter; apart from
 * that files are read as the goal says, or by the defaults, and {@link examine} says where they are something else.
 * Throws `source_invalid`.
 */
export async function decideDialects(
  sources: Sources,
  files: readonly FoundFile[],
  from: FromFiles,
  known: Known,
  signal: AbortSignal,
): Promise<Dialects> {
  const heads: Head[] = [];
  const separators: (string | undefined)[] = [];
  for (const file of files) {
    const framing = { ...known.framing, gzip: isGzip(file.path), skip: 0 };
    const head = await readHead(sources, file, framing, signal);
    heads.push(head);
    separators.push(SEP.exec(head.text)?.[1]);
  }
  const marks = marksOf(known.framing);
  const at = separators.findIndex((separator) => separator !== undefined);
  if (at >= 0 && from.delimiter === undefined) marks.delimiter = separators[at]!;
  const { header } = known.framing;
  const skips = separators.map((separator) => from.skip ?? (separator === undefined ? 0 : 1));
  const findings: Finding[] = [];
  for (const [index, file] of files.entries()) {
    assertSeparator(file.path, separators[index], marks.delimiter, from, files[at]?.path);
    const { text, whole } = heads[index]!;
    const skip = skips[index]!;
    const reading = {
      marks,
      declared: {
        delimiter: from.delimiter ?? separators[index],
        quote: from.quote,
        escape: from.escape,
        header: from.header !== undefined,
      },
      skip,
      header,
      nulls: known.nulls,
      isKnown: (name: string): boolean =>
        known.names.includes(name) || known.names.includes(normaliseName(name, 0)),
    };
    findings.push(...examine(file.path, { text: withoutLines(text, skip), whole }, reading));
  }
  const framing = { ...known.framing, delimiter: codeOf(marks.delimiter) };
  const told = describe(marks, skips, framing, known.framing);
  return { framing, skips, findings: told ? [told, ...findings] : findings };
}

/** What a plan says of the dialect, where it is not the one that the format's name stands for. */
function describe(
  marks: Marks,
  skips: readonly number[],
  { header, format }: Dialects['framing'],
  { delimiter }: Known['framing'],
): Finding | undefined {
  const usual =
    (marks.delimiter === ',' || marks.delimiter === '\t') && codeOf(marks.delimiter) === delimiter;
  const skip = Math.max(...skips);
  if (
    format === 'jsonl' ||
    (usual && marks.quote === '"' && marks.escape === '' && skip === 0 && header === 1)
  )
    return undefined;
  return {
    severity: 'info',
    rule: 'dialect',
    message: `read with ${describeDialect(marks, { header, skip })}`,
  };
}

function assertSeparator(
  path: string,
  separator: string | undefined,
  delimiter: string,
  from: FromFiles,
  first: string | undefined,
): void {
  if (separator === undefined || separator === delimiter) return;
  const other =
    from.delimiter === undefined
      ? `${first} is separated by ${show(delimiter)}`
      : `the goal says ${show(delimiter)}`;
  throw fail(
    'source_invalid',
    `${path}:1 says that its fields are separated by ${show(separator)}, but ${other}.`,
    {
      next:
        from.delimiter === undefined
          ? 'Load files of different dialects in different steps.'
          : 'Correct `delimiter`, or leave it out: the line `sep=` is obeyed.',
      place: `${path}:1`,
    },
  );
}

function marksOf({ delimiter, quote, escape }: Known['framing']): Marks {
  const mark = (code: number): string => (code === 0 ? '' : String.fromCharCode(code));
  return { delimiter: mark(delimiter), quote: mark(quote), escape: mark(escape) };
}

function codeOf(mark: string): number {
  return mark === '' ? 0 : mark.charCodeAt(0);
}
