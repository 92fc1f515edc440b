import { DatabaseError } from 'pg';

/** Statements that the server refused, by its errors: some of them name a table without its schema. */
const statements = new WeakMap<DatabaseError, string>();

export function noteStatement(error: unknown, sql: string): void {
  if (error instanceof DatabaseError) statements.set(error, sql);
}

/** What the server said, if the error came from there, and of which statement (empty: not known). */
export function serverSaid(error: unknown): { said: DatabaseError; statement: string } | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DatabaseError) return { said: cause, statement: statements.get(cause) ?? '' };
  }
  return undefined;
}

/** The name that a message has in quotes, of whatever language. */
export function quotedIn(message: string): string {
  return /["“„«»](.+)["”“«»]/.exec(message)?.[1] ?? '';
}

/**
 * SQL that is true for relations (`n` their schema, `c` their row in pg_class) which the statement names with their
 * schema: of several that bear one name, it is one of these.
 */
export const namedIn = (statement: string): string =>
  `pg_catalog.strpos(${statement}, pg_catalog.format('%I.%I', n.nspname, c.relname)) > 0
    or pg_catalog.strpos(${statement}, pg_catalog.format('"%s"."%s"', n.nspname, c.relname)) > 0`;
