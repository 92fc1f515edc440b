import type { ClientBase } from 'pg';
import type { Made } from './definition';

export interface Failed {
  made: Made;
  /** The server's words about names in the catalogue; there are no rows whose values could be in it. */
  message: string;
  /** It failed because something else had not been made. */
  undefinedObject: boolean;
}

const UNDEFINED_OBJECT = ['42P01', '42703', '42704', '42883', '3F000'];

/** So many objects go to the server in one message, which it takes as one transaction. */
const BATCH = 100;

/**
 * Runs the statements of all objects. Where a batch fails it is run again object by object, so that one bad object
 * costs only itself; what failed is tried again as long as that helps (a cycle of dependencies has no right order).
 */
export async function execute(client: ClientBase, objects: readonly Made[]): Promise<Failed[]> {
  const failed: Failed[] = [];
  for (let start = 0; start < objects.length; start += BATCH) {
    const batch = objects.slice(start, start + BATCH);
    try {
      await client.query(batch.flatMap((made) => made.statements).join(';\n'));
    } catch (error) {
      if (!isAboutTheStatement(error)) throw error;
      failed.push(...(await oneByOne(client, batch)));
    }
  }
  for (let left = failed; ;) {
    const again = await oneByOne(
      client,
      left.map(({ made }) => made),
    );
    if (again.length === 0 || again.length === left.length) return again;
    left = again;
  }
}

async function oneByOne(client: ClientBase, objects: readonly Made[]): Promise<Failed[]> {
  const failed: Failed[] = [];
  for (const made of objects) {
    try {
      await client.query(made.statements.join(';\n'));
    } catch (error) {
      if (!isAboutTheStatement(error)) throw error;
      failed.push({ made, message: error.message, undefinedObject: UNDEFINED_OBJECT.includes(error.code) });
    }
  }
  return failed;
}

/** Not a lost connection, a full disk or a shutdown: those are no fault of the structure. */
function isAboutTheStatement(error: unknown): error is Error & { code: string } {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57P|58|XX)/.test(code);
}
