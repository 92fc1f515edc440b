import type { Finding } from '../../schemas/change';
import { FUNCTION_FACTS_SQL, lookUp, vetFunctions, type FunctionFacts } from '../../sql/functions';
import { relationsIn, type ParsedStatement } from '../../sql/parse';
import { refusedSql } from '../../sql/text';
import type { ReadSession } from '../../warehouses/warehouse';

/**
 * Judges what a query calls, before the server sees the query: planning alone may run a function.
 * Throws `statement_refused`. Returns what a person should know.
 */
export async function vetCalls(session: ReadSession, statement: ParsedStatement): Promise<Finding[]> {
  const named = relationsIn(statement);
  const facts = await session.query<FunctionFacts>(FUNCTION_FACTS_SQL, lookUp(named));
  const { refused, findings } = vetFunctions(named, facts);
  if (refused.length > 0) {
    throw refusedSql(
      statement.source,
      statement.start,
      `The query calls ${refused.map(({ name, why }) => `${name} (${why})`).join(', ')}.`,
      'Use functions that only compute.',
    );
  }
  const own = new Set(named.functions.map((name) => name.slice(name.lastIndexOf('.') + 1)));
  const foreign = [
    ...new Set(
      facts
        .filter(({ schema, name }) => schema !== 'pg_catalog' && own.has(name))
        .map(({ schema, name }) => `${schema}.${name}`),
    ),
  ];
  return [
    ...findings,
    ...foreign.map((name): Finding => ({
      severity: 'warning',
      rule: 'own_function',
      message: `${name} is not PostgreSQL's own: what it reads is not tracked, so the step runs every time.`,
    })),
  ];
}
