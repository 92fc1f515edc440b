import { open } from 'node:fs/promises';
import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { type ErrorCode, fail, type Fault, SluiceError } from '../../schemas/errors';
import { tooDeepAt } from './nesting';
import { placesOf, type Places } from './places';

/** Documents that people write are kilobytes; the largest that is read is this many bytes. */
export const MAX_DOCUMENT_BYTES = 1024 * 1024;

/** How often aliases may be expanded: enough for anchors that people write, far from a bomb. */
const MAX_ALIASES = 50;

/** One missing bracket can make a hundred faults; the first ones tell. */
const MAX_FAULTS = 10;

export interface ReadDocument {
  /** As the user named it. */
  file: string;
  text: string;
  value: unknown;
  places: Places;
}

/** What reading a document of one sort throws when it is no good. */
export interface DocumentSort {
  code: ErrorCode;
  /** `goal document`, `configuration`. */
  what: string;
}

export const GOAL: DocumentSort = { code: 'invalid_goal', what: 'goal document' };

/**
 * Reads a YAML or JSON file (YAML 1.2, of which JSON is a part) and remembers where everything stands in it.
 * Throws `not_found`, `permission_denied`, and the sort's code for what is not one well-formed document: duplicate
 * keys, bytes that are not UTF-8, aliases that expand without bound, nesting without end.
 */
export async function readDocument(file: string, sort: DocumentSort = GOAL): Promise<ReadDocument> {
  const text = await readText(file, sort);
  return parseText(text, file, sort);
}

export function parseText(text: string, file: string, sort: DocumentSort = GOAL): ReadDocument {
  const next = `Correct ${file} and run the command again.`;
  const refuse = (why: string, faults?: Fault[], cause?: unknown): SluiceError =>
    fail(sort.code, `The ${sort.what} ${file} cannot be read as YAML or JSON: ${why}.`, {
      next,
      faults,
      place: faults?.[0]?.place ?? file,
      cause,
    });
  const deep = tooDeepAt(text);
  if (deep !== undefined) throw refuse(`it is nested too deeply (at character ${deep})`);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  // To the parser an unknown tag is only a warning, but the value is then not what was written.
  const faults = [...document.errors, ...document.warnings].slice(0, MAX_FAULTS).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { path: '(document)', message: messageOf(error), place: `${file}:${line}:${col}` };
  });
  if (faults.length > 0) throw refuse(faults[0]!.message, faults);
  const value = valueOf(document, refuse);
  if (value === null || value === undefined) throw refuse('it is empty');
  return { file, text, value, places: placesOf(document, lines, file) };
}

function valueOf(
  document: Document,
  refuse: (why: string, faults?: Fault[], cause?: unknown) => SluiceError,
): unknown {
  try {
    const value = document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
    // What holds itself is no document; whoever walks it would not come back.
    JSON.stringify(value);
    return value;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    if (/^Unresolved alias/.test(message))
      throw refuse('an alias (*name) has no anchor (&name) before it', undefined, cause);
    if (/alias count/.test(message)) throw refuse('its aliases expand too often', undefined, cause);
    throw refuse('an alias stands inside its own anchor', undefined, cause);
  }
}

function messageOf(error: YAMLError): string {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return 'the same key is written twice';
    case 'MULTIPLE_DOCS':
      return 'there is more than one document in the file';
    case 'NON_STRING_KEY':
      return 'a key must be a plain word or a string';
    default: {
      const [first = ''] = error.message.split('\n');
      return first.charAt(0).toLowerCase() + first.slice(1).replace(/[.:]$/, '');
    }
  }
}

async function readText(file: string, sort: DocumentSort): Promise<string> {
  const bytes = await readBytes(file, sort);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail(sort.code, `The ${sort.what} ${file} is not UTF-8 text.`, {
      next: 'Save it as UTF-8, and check that it is the file you meant.',
      place: file,
      cause,
    });
  }
}

async function readBytes(file: string, sort: DocumentSort): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > MAX_DOCUMENT_BYTES) {
        throw fail(
          sort.code,
          `The ${sort.what} ${file} has ${size} bytes; at most ${MAX_DOCUMENT_BYTES} are read.`,
          {
            next: 'Check that it is the file you meant; put long SQL into files of its own (sql: { file: … }).',
            place: file,
          },
        );
      }
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    throw unreadable(file, sort, (cause as NodeJS.ErrnoException).code, cause);
  }
}

function unreadable(
  file: string,
  sort: DocumentSort,
  errno: string | undefined,
  cause: unknown,
): SluiceError {
  const place = file;
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    return fail('not_found', `There is no file ${file}.`, {
      next: `Give the path of a ${sort.what}.`,
      place,
      cause,
    });
  }
  if (errno === 'EISDIR') {
    return fail('not_found', `${file} is a directory, not a ${sort.what}.`, {
      next: `Give the path of a ${sort.what}, such as ${file.replace(/\/+$/, '')}/${sort.what === 'policy' ? 'sluice.policy' : 'goal'}.yaml.`,
      place,
      cause,
    });
  }
  return fail('permission_denied', `The ${sort.what} ${file} cannot be read (${errno ?? 'unknown'}).`, {
    next: 'Make it readable for the user that runs sluice.',
    place,
    cause,
  });
}
