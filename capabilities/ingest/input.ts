import { z } from 'zod';
import { durationSchema, identifierSchema, nameSchema, relationSchema } from '../../schemas/goal';
import { readRelation } from '../../schemas/relation';
import { cursorSpec, type CursorSpec } from './cursor/spec';
import { isKnownEncoding } from '../../sources/files/decode';

/** One ASCII byte that can stand between or around fields. */
const byteSchema = z.string().regex(/^[\x01-\x09\x0b\x0c\x0e-\x7e]$/, 'one ASCII character, no line break');

/** A type as SQL spells it; PostgreSQL decides whether it exists. */
const typeNameSchema = z
  .string()
  .max(120)
  .regex(
    /^[A-Za-z_][A-Za-z0-9_ .]*(\([0-9]{1,4}( *, *-?[0-9]{1,4})?\))?( with(out)? time zone)?( *\[\])?$/,
    'a type as SQL spells it, like bigint, numeric(10,2) or timestamptz',
  );

const typesSchema = z.record(z.string(), typeNameSchema).default({});

export const fromFilesSchema = z.strictObject({
  /** Globs relative to the root of files. */
  files: z.union([
    z
      .string()
      .min(1)
      .transform((glob) => [glob]),
    z.array(z.string().min(1)).min(1),
  ]),
  /** A `files` connection; default: the project's root of files. */
  connection: nameSchema.optional(),
  /** Default by the file's name: .csv, .tsv (.tab), .jsonl (.ndjson), each also with .gz. */
  format: z.enum(['csv', 'tsv', 'jsonl']).optional(),
  /** Spellings of null, replacing the default: an empty unquoted field (JSON lines: none besides null itself). */
  nulls: z
    .array(
      z
        .string()
        .max(64)
        .regex(/^[^\r\n]*$/, 'without line breaks'),
    )
    .max(30)
    .optional(),
  /** A quoted field may be a null too (`""` in files that quote everything). */
  quotedNulls: z.boolean().default(false),
  /** How many lines name the columns (`true`: 1), `none` (or `false`, 0), or the names for a file without such a line. */
  header: z
    .union([
      z.boolean().transform((named) => (named ? 1 : 0)),
      z.literal('none').transform(() => 0),
      z.number().int().min(0).max(5),
      z.array(identifierSchema).min(1),
    ])
    .optional(),
  /** Default: what the format says, or a line `sep=` at the top of the file. */
  delimiter: byteSchema.optional(),
  /** `""`: nothing is quoted. Default `"`. */
  quote: z.union([z.literal(''), byteSchema]).optional(),
  /** Makes a delimiter, a quote, a line break or itself a plain character. Default: none, a quote is doubled. */
  escape: z.union([z.literal(''), byteSchema]).optional(),
  /** Lines at the top of each file that are no part of the table. Default 0, or 1 where the first is `sep=`. */
  skip: z.number().int().min(0).max(10_000).optional(),
  /** What becomes of a file whose content was loaded before under another name: loaded with a warning, not loaded, loaded. */
  known: z.enum(['warn', 'skip', 'load']).default('warn'),
  encoding: z
    .string()
    .default('utf-8')
    .refine(isKnownEncoding, 'an encoding like utf-8, latin1, windows-1252 or utf-16le'),
  types: typesSchema,
});

export const fromPostgresSchema = z
  .strictObject({
    /** A `postgres` connection. */
    postgres: nameSchema,
    table: relationSchema.optional(),
    /** One SELECT. */
    query: z.string().min(1).optional(),
    /** Load only the rows that row security shows to the connection's role; without it, hidden rows are an error. */
    row_security: z.literal('filtered').optional(),
    types: typesSchema,
  })
  .refine((from) => (from.table === undefined) !== (from.query === undefined), {
    error: 'give either a table or a query',
    path: ['table'],
  });

const cursorSchema = z.strictObject({
  column: identifierSchema,
  /** Rows equal to the cursor are read again, or not. Default: `at_least` to merge, `after` to append. */
  from: z.enum(['at_least', 'after']).optional(),
  /** Reads rows again that lie so far before the cursor: for what is committed late. */
  lag: z.union([durationSchema, z.number().finite().min(0)]).optional(),
  /** Rows without a value: refused, or loaded each time. */
  nulls: z.enum(['refuse', 'load']).optional(),
});

export const inputSchema = z.strictObject({
  from: z.union([fromFilesSchema, fromPostgresSchema]),
  into: relationSchema,
  mode: z.enum(['append', 'merge', 'replace']).default('append'),
  /** Columns that identify a row: required to merge; otherwise checked to be unique and not null. */
  key: z.array(identifierSchema).min(1).optional(),
  /** Only rows that are new by this column; for files, which rows are newer. */
  cursor: z.union([identifierSchema, cursorSchema]).optional(),
  /** Loads the whole source again, whatever was loaded before: what `apply --reload STEP` sets. */
  reload: z.literal(true).optional(),
  /** What a backfill binds to. */
  partition: z
    .strictObject({ by: z.enum(['hour', 'day', 'week', 'month', 'year']), column: identifierSchema })
    .optional(),
  /** Only these columns, under these names: `{ name in the source: name in the table }`. */
  columns: z
    .record(z.string(), identifierSchema)
    .refine((columns) => Object.keys(columns).length > 0, 'at least one column')
    .optional(),
  /** How many rows may be set aside because they do not fit: a number, or a share of the rows read. */
  quarantine: z
    .strictObject({
      limit: z.union([
        z.number().int().min(0),
        z.string().regex(/^(100|[0-9]{1,2}(\.[0-9]{1,4})?) ?%$/, 'a number of rows, or a share like "0.5%"'),
      ]),
    })
    .default({ limit: 0 }),
});

export type FromFiles = z.infer<typeof fromFilesSchema>;
export type FromPostgres = z.infer<typeof fromPostgresSchema>;
export type IngestInput = z.infer<typeof inputSchema>;
export type Mode = IngestInput['mode'];

/** Faults that the schema cannot see. */
export function lintInput(input: IngestInput): { path: string; message: string }[] {
  const faults: { path: string; message: string }[] = [];
  const { from, mode, key, cursor } = input;
  if (/^(sluice|pg_.*|information_schema)\./.test(readRelation(input.into))) {
    faults.push({ path: 'into', message: 'names a schema that is not for users: load into one of your own' });
  }
  const duplicate = key?.find((name, index) => key.indexOf(name) !== index);
  if (mode === 'merge' && !key)
    faults.push({ path: 'key', message: 'is needed to merge: the columns that identify a row' });
  if (duplicate !== undefined) faults.push({ path: 'key', message: `names "${duplicate}" twice` });
  if (cursor !== undefined) faults.push(...lintCursor(input, cursorSpec(input)!));
  if (mode === 'replace' && cursor !== undefined) {
    faults.push({
      path: 'cursor',
      message: 'makes no sense with mode: replace, which loads everything anew',
    });
  }
  const targets = Object.values(input.columns ?? {});
  const twice = targets.find((name, index) => targets.indexOf(name) !== index);
  if (twice !== undefined) faults.push({ path: 'columns', message: `gives two columns the name "${twice}"` });
  if ('files' in from) faults.push(...lintFiles(from));
  return faults;
}

/** What is read again must be told apart from what is there. */
function lintCursor(
  { from, mode, key, cursor }: IngestInput,
  spec: CursorSpec,
): { path: string; message: string }[] {
  if (mode === 'replace') return [];
  const faults: { path: string; message: string }[] = [];
  const isFiles = 'files' in from;
  const needsKey = (path: string, what: string): unknown =>
    mode === 'merge' || key || faults.push({ path, message: `${what}: give a key, or merge` });
  if (spec.lag !== undefined && isFiles) {
    faults.push({
      path: 'cursor.lag',
      message: 'makes no sense for files: each is read whole, so nothing in it comes late',
    });
  } else if (spec.lag !== undefined) {
    needsKey('cursor.lag', 'reads rows again, which have to be told apart from those that are there');
  }
  if (!isFiles && typeof cursor === 'object') {
    if (spec.from === 'at_least')
      needsKey(
        'cursor.from',
        'at_least reads rows again, which have to be told apart from those that are there',
      );
    if (spec.nulls === 'load')
      needsKey(
        'cursor.nulls',
        'load reads rows again, which have to be told apart from those that are there',
      );
  }
  return faults;
}

function lintFiles(from: FromFiles): { path: string; message: string }[] {
  const faults: { path: string; message: string }[] = [];
  const { quote = '"', escape = '' } = from;
  const delimiter = from.delimiter ?? (from.format === 'tsv' ? '\t' : ',');
  const alike = (path: string, message: string): unknown => faults.push({ path: `from.${path}`, message });
  if (quote !== '' && quote === delimiter) alike('quote', 'is the same as the delimiter');
  if (escape !== '' && escape === delimiter) alike('escape', 'is the same as the delimiter');
  if (escape !== '' && escape === quote) {
    alike('escape', 'is the quote itself: leave it out, a doubled quote is read anyway');
  }
  if (from.format === 'jsonl') {
    for (const key of ['quotedNulls', 'header', 'delimiter', 'quote', 'escape', 'skip'] as const) {
      if (from[key] !== undefined && from[key] !== false) alike(key, 'makes no sense in JSON lines');
    }
  }
  if (Array.isArray(from.header)) {
    const { header } = from;
    const twice = header.find((name, index) => header.indexOf(name) !== index);
    if (twice !== undefined) faults.push({ path: 'from.header', message: `names "${twice}" twice` });
  }
  return faults;
}
