import type { Finding } from '../../../schemas/change';
import { fail, type SluiceError } from '../../../schemas/errors';
import { alternatives, type Declared } from './alternatives';
import { doubtHeader, secondHeader, unnamed } from './header';
import type { Head } from './head';
import { leftoverEscape, leftoverQuotes } from './leftovers';
import { parseHead, type Marks, type Parsed } from './parse';
import { findPreamble } from './preamble';
import { fieldsOf, settings, show } from './words';

/** How a file is to be read, and which of that the goal itself says. */
export interface Reading {
  marks: Marks;
  declared: Declared & { header: boolean };
  /** Lines left out at the top, and records of header after them. */
  skip: number;
  header: number;
  nulls: readonly string[];
  /** Whether the table, or the goal, has a column of that name already. */
  isKnown(name: string): boolean;
}

/**
 * Holds the beginning of a file (without its skipped lines) against how it is to be read. Throws `source_invalid`, with
 * the setting to write, where the file plainly says otherwise and the goal says nothing; returns warnings for what is
 * suspicious, or plain but declared so.
 */
export function examine(path: string, head: Head, reading: Reading): Finding[] {
  const { marks, declared } = reading;
  const parsed = parseHead(head, marks);
  const findings: Finding[] = [];
  const warn = (rule: string, message: string, line?: number): unknown =>
    findings.push({
      severity: 'warning',
      rule,
      message: `${path}${line === undefined ? '' : `:${line + reading.skip}`} ${message}`,
      place: line === undefined ? path : `${path}:${line + reading.skip}`,
    });
  const isTable = parsed.clean && parsed.width > 1;
  const others = alternatives(head, marks, declared);
  const strong = others.filter(({ weak }) => !weak);
  if (!isTable && strong.length > 0) throw otherMarks(path, parsed, reading, strong);
  if (!isTable) assertNoPreamble(path, parsed, reading);
  if (isTable) {
    const rival = strong.find((other) => other.marks.delimiter !== marks.delimiter);
    if (rival) {
      warn(
        'dialect',
        `splits evenly by ${show(marks.delimiter)} and by ${show(rival.marks.delimiter)}; it is read by ${show(marks.delimiter)} (\`delimiter\` says which)`,
      );
    }
  } else {
    const weak = others.find(({ parsed: other }) => other.rows.length > 2);
    if (weak) {
      warn(
        'dialect',
        `has one field in every line by ${show(marks.delimiter)}, and ${weak.parsed.width} by ${show(weak.marks.delimiter)}: ${settings(weak.marks, marks)} would split it`,
      );
    } else if (declared.delimiter !== undefined) warnOfDelimiter(head, parsed, reading, warn);
  }
  examineQuotes(path, head, parsed, reading, warn);
  examineHeader(path, parsed, reading, warn);
  return findings;
}

type Warn = (rule: string, message: string, line?: number) => unknown;

/** The goal says a delimiter that splits nothing, where another splits every line. */
function warnOfDelimiter(head: Head, parsed: Parsed, { marks, declared }: Reading, warn: Warn): void {
  if (parsed.width !== 1) return;
  const [other] = alternatives(head, marks, { ...declared, delimiter: undefined }).filter(
    ({ weak }) => !weak,
  );
  if (!other) return;
  warn(
    'dialect',
    `has one field in every line by ${show(marks.delimiter)}, and ${other.parsed.width} by ${show(other.marks.delimiter)}`,
  );
}

function otherMarks(
  path: string,
  parsed: Parsed,
  { marks, skip }: Reading,
  others: ReturnType<typeof alternatives>,
): SluiceError {
  const [first] = others;
  const ragged = parsed.rows.find((row) => row.fields.length !== parsed.rows[0]!.fields.length);
  const found =
    parsed.width > 0
      ? `every line has ${fieldsOf(parsed.width)}`
      : ragged
        ? `line ${skip + parsed.rows[0]!.line} has ${fieldsOf(parsed.rows[0]!.fields.length)} and line ${skip + ragged.line} ${ragged.fields.length}`
        : 'there are stray quotes';
  const fits = others
    .map(({ marks: other, parsed: by }) => `${settings(other, marks)} (${fieldsOf(by.width)} in every line)`)
    .join(', or ');
  return fail(
    'source_invalid',
    `${path} is not what it is to be read as: with fields separated by ${show(marks.delimiter)}${marks.quote === '' ? '' : ` and quoted by ${show(marks.quote)}`} ${found}, as another dialect it is even.`,
    {
      next: `If that is what it is, write under \`from\`: ${fits}. If not, say so: ${keep(first!.marks, marks)}.`,
      place: `${path}:${skip + (parsed.rows[0]?.line ?? 1)}`,
    },
  );
}

/** The settings by which a goal says that a file is what it looks not to be. */
function keep(other: Marks, marks: Marks): string {
  return settings(marks, { ...marks, ...mapped(other, marks) });
}

/** Of the marks that differ, the others. */
function mapped(other: Marks, marks: Marks): Partial<Marks> {
  return Object.fromEntries(
    Object.entries(other).filter(([key, mark]) => mark !== marks[key as keyof Marks]),
  );
}

function assertNoPreamble(path: string, parsed: Parsed, { skip, header }: Reading): void {
  const table = findPreamble(parsed.rows);
  if (!table || header === 0) return;
  const { above, first, width } = table;
  const at = skip + first.line;
  const top = parsed.rows[0]!;
  const isHeader = above === 1 && top.fields.length > 1;
  throw fail(
    'source_invalid',
    `${path}:${skip + top.line} has ${fieldsOf(top.fields.length)}, and from line ${at} on every line has ${width}.`,
    {
      next: isHeader
        ? `Correct the header in line ${skip + top.line}; or name all fields yourself: \`skip: ${at - 1}\` and \`header: [${Array.from({ length: width }, (_, n) => `name_${n + 1}`).join(', ')}]\`.`
        : `If what stands above line ${at} is no part of the table, write \`skip: ${at - 1}\` under \`from\`; line ${at} is then its header.`,
      place: `${path}:${skip + top.line}`,
    },
  );
}

function examineQuotes(path: string, head: Head, parsed: Parsed, reading: Reading, warn: Warn): void {
  const { marks, declared, nulls } = reading;
  const body = parsed.rows.slice(reading.header);
  const kept = leftoverQuotes(body, marks.quote, nulls);
  if (kept) {
    const { column, open, all } = kept;
    const other = { ...marks, quote: open };
    const by = /^[\x21-\x7e]$/.test(open) ? parseHead(head, other) : undefined;
    const fits = by !== undefined && by.clean && by.width > 0 && by.width === parsed.width;
    const where = `has values in field ${column + 1} that stand in ${open} and keep it`;
    if (all && fits && declared.quote === undefined && body.length > 1) {
      throw fail('source_invalid', `${path} ${where}.`, {
        next: `Write ${settings(other, marks)} under \`from\`; or, if the quotes belong to the values, ${keep(other, marks)}.`,
        place: `${path}:${reading.skip + body[0]!.line}`,
      });
    }
    warn('quotes_kept', `${where}${fits ? `: ${settings(other, marks)} takes them off` : ''}`, body[0]!.line);
  }
  if (marks.escape !== '' || declared.escape !== undefined) return;
  const escaped = leftoverEscape(body, marks.quote);
  if (escaped) {
    warn(
      'quotes_kept',
      `has a backslash before a quote or another backslash, and both stay: ${settings({ ...marks, escape: '\\' }, marks)} takes it as an escape`,
      escaped.line,
    );
  }
}

function examineHeader(path: string, parsed: Parsed, reading: Reading, warn: Warn): void {
  const { declared, skip } = reading;
  const { rows } = parsed;
  const body = rows.slice(reading.header);
  const names = rows[0];
  if (reading.header === 1 && names) {
    const known = names.fields.every((name) => reading.isKnown(name.trim()));
    const doubt = doubtHeader(names, body, known);
    const line = skip + names.line;
    if (doubt?.kind === 'data' && !declared.header) {
      throw fail('source_invalid', `${path}:${line} is to name the columns and ${doubt.message}.`, {
        next: `Write under \`from\`: \`header: none\` (the columns are called column_1, column_2, …), or \`header: [${names.fields.map((_, at) => `name_${at + 1}`).join(', ')}]\` to name them; or \`header: 1\` if these are their names.`,
        place: `${path}:${line}`,
      });
    }
    if (doubt && !declared.header)
      warn(
        'header',
        `${doubt.message}: is it a header (\`header: 1\`) or data (\`header: none\`)?`,
        names.line,
      );
    const nameless = unnamed(names);
    if (nameless.length > 0) {
      const listed = nameless.slice(0, 5).map((at) => `column_${at + 1}`);
      warn('unnamed_columns', `gives ${fieldsOf(nameless.length)} no name: ${listed.join(', ')}`, names.line);
    }
  }
  const odd = secondHeader(body);
  if (odd.length === 0) return;
  const line = skip + body[0]!.line;
  const next =
    reading.header === 0
      ? `is it the header (\`header: 1\`)?`
      : `is it a further line of the header (\`header: ${reading.header + 1}\`), or is the header in it (\`skip: ${line - 1}\`)?`;
  warn(
    'header',
    `has text in field ${odd[0]! + 1}, where all lines below have something else: ${next}`,
    body[0]!.line,
  );
}
