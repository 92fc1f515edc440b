import type { Change } from '../../schemas/change';
import { fail, SluiceError } from '../../schemas/errors';
import { refused } from './refused';

/** What the server says of an error: names and codes, never its detail, which quotes rows. */
interface ServerError {
  code: string;
  constraint?: string;
  column?: string;
  table?: string;
  where?: string;
  /** Of a dependency (2BP01) it lists names of objects. */
  detail?: string;
}

function serverError(error: unknown): ServerError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return cause as unknown as ServerError;
  }
  return undefined;
}

/** Runs a part of undo; what the server refuses because of other objects or rows is `undo_refused`, naming them. */
export async function explained<T>(change: Change, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const server = serverError(error);
    if (server?.code === '2BP01') {
      const dependents = (server.detail ?? '').split('\n').join('; ');
      throw refused(
        change,
        `others depend on it (${dependents})`,
        'Drop what depends on it, then undo again.',
        error,
      );
    }
    if (server?.code.startsWith('23')) {
      const by = server.constraint ? ` (constraint ${server.constraint} of ${server.table})` : '';
      throw refused(
        change,
        `rows of others depend on its rows${by}`,
        'Remove those rows, then undo again.',
        error,
      );
    }
    throw error;
  }
}

/**
 * Runs a part of a load; what the server finds wrong with a row is `source_invalid`, with its place and no value.
 * `placeOf`: where the line of a COPY lies.
 */
export async function loading<T>(
  what: string,
  relation: string,
  work: () => Promise<T>,
  placeOf = (line: string): string => `${what}: row ${line} of those sent`,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const server = serverError(error);
    const found = server && describe(server, relation);
    if (!found || !(error instanceof SluiceError)) throw error;
    const line = /^COPY [^,\n]+, line (\d+)/.exec(server.where ?? '')?.[1];
    throw fail('source_invalid', `${what} has a row that ${relation} does not take: ${found.why}.`, {
      state: 'The transaction was rolled back; nothing was changed.',
      next: found.next,
      place: line === undefined ? what : placeOf(line),
      cause: error,
    });
  }
}

function describe(server: ServerError, relation: string): { why: string; next: string } | undefined {
  const by = server.constraint ? ` (constraint ${server.constraint})` : '';
  switch (server.code) {
    case '23505':
      return {
        why: `its key is in the table already, or twice in the load${by}`,
        next: 'Use `mode: merge` with that key to update rows that are there.',
      };
    case '23502':
      return { why: `null in ${server.column ?? 'a column'}, which takes none`, next: 'Correct the source.' };
    case '23503':
      return {
        why: `it refers to a row that is not there${by}`,
        next: `Load what ${relation} refers to first.`,
      };
    case '23514':
    case '23P01':
      return { why: `it violates a constraint${by}`, next: 'Correct the source, or the constraint.' };
  }
  if (!server.code.startsWith('22')) return undefined;
  const column = /, column ([^:\n]+)/.exec(server.where ?? '')?.[1];
  return {
    why: `PostgreSQL cannot read a value${column === undefined ? '' : ` of column ${column}`} (${server.code})`,
    next: 'Correct the source, or give the column another type.',
  };
}
