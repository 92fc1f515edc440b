import { fail, SluiceError } from '../../schemas/errors';
import { fromCodePoints } from '../../sql/place';
import type { ParsedStatement } from '../../sql/parse';
import type { ReadSession } from '../../warehouses/warehouse';
import { didYouMean } from './nearest';

/** What the server says of a statement that it cannot make sense of; the driver's DatabaseError has these. */
interface ServerError {
  code?: string;
  position?: string;
  message: string;
  hint?: string;
}

/**
 * The server's refusal of a query as `invalid_sql`, at its place in what the person wrote, with the nearest name that
 * exists. `prefix` is what stood before the query in the text that was sent. Anything else is handed back as it is.
 */
export function located(
  cause: unknown,
  statement: ParsedStatement,
  prefix: string,
  known: readonly string[],
): unknown {
  if (!(cause instanceof SluiceError) || cause.code !== 'invalid_sql') return cause;
  const error = cause.cause as ServerError | undefined;
  if (!error?.code?.startsWith('42')) return cause;
  const within = Math.max(0, Number(error.position ?? 1) - 1 - prefix.length);
  const place = statement.source.at(statement.start + fromCodePoints(statement.text, within));
  return fail('invalid_sql', `${error.message} (at ${place}).${hint(error, known)}`, {
    next: 'Correct the query; if an earlier step makes what is missing, name that step under `needs`.',
    place,
    cause,
  });
}

/** Class 42 errors are about names and types, so their hints quote no rows. */
function hint(error: ServerError, known: readonly string[]): string {
  const missing =
    error.code === '42P01' ? /relation "(.+)" does not exist/.exec(error.message)?.[1] : undefined;
  if (missing === undefined) return error.hint ? ` ${error.hint}` : '';
  const bare = missing.slice(missing.lastIndexOf('.') + 1);
  const near = didYouMean(missing, known);
  if (near !== '') return near;
  // The right name without its schema, or in another one.
  const elsewhere = known.find((name) => name.slice(name.indexOf('.') + 1) === bare);
  return elsewhere === undefined ? '' : ` Did you mean "${elsewhere}"?`;
}

/** Every table and view that a query may name. Read before the query is tried: its failure ends the transaction. */
export async function namesOfRelations(session: ReadSession): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not like 'pg\\_%'
        and n.nspname not in ('information_schema', 'sluice')
      order by 1 limit 10000`,
  );
  return rows.map((row) => row.name);
}
