import type { ParsedStatement } from '../../../sql/parse';
import { relationsIn } from '../../../sql/parse';
import { FUNCTION_FACTS_SQL, lookUp, type FunctionFacts } from '../../../sql/functions';
import { refusedSql } from '../../../sql/text';
import type { ReadSession } from '../../../warehouses/warehouse';
import { vetCalls } from '../../../capabilities/query/vet-calls';
import { oversized } from '../vet/costs';

/**
 * Stable functions of PostgreSQL's own whose result comes from their arguments and pinned settings alone. Others of them
 * read the catalogue, settings or other sessions: comments, definitions, texts that nobody masks.
 */
const STABLE = new Set(
  `age array_to_json array_to_string concat concat_ws date date_bin date_part date_trunc extract format generate_series
   json_agg json_agg_strict json_build_array json_build_object json_object_agg json_object_agg_strict
   json_object_agg_unique jsonb_agg jsonb_agg_strict jsonb_build_array jsonb_build_object jsonb_object_agg
   jsonb_object_agg_strict make_timestamptz now overlaps row_to_json statement_timestamp timestamptz timezone to_char
   to_date to_json to_jsonb to_number to_timestamp to_tsvector to_tsquery plainto_tsquery websearch_to_tsquery ts_headline
   transaction_timestamp date_add date_subtract isfinite timestamp time justify_days
   current_user session_user user current_role current_catalog current_schema current_date current_time current_timestamp
   localtime localtimestamp`.split(/\s+/),
);

/**
 * What a model's query may call: less than a goal's. Functions that only compute, PostgreSQL's own or immutable ones of
 * an extension; somebody's own function may read anything whatever it is declared to be.
 * Throws `statement_refused`.
 */
export async function vetModelCalls(session: ReadSession, statement: ParsedStatement): Promise<void> {
  const large = oversized(statement);
  if (large !== undefined)
    throw refusedSql(statement.source, statement.start, `${large}.`, 'Make smaller values.');
  await vetCalls(session, statement);
  const named = relationsIn(statement);
  const facts = await session.query<FunctionFacts>(FUNCTION_FACTS_SQL, lookUp(named));
  // Which overload is meant is not known; none of the system's that reads the catalogue has an immutable one.
  const computes = new Set(
    facts.filter((fact) => fact.schema === 'pg_catalog' && fact.volatility === 'i').map((fact) => fact.name),
  );
  for (const fact of facts) {
    const own = fact.schema === 'pg_catalog';
    if (own && computes.has(fact.name)) continue;
    if (fact.volatility === 'i' && (own || (fact.extension && fact.language !== 'plpgsql'))) continue;
    if (own && (fact.volatility === 'v' || STABLE.has(fact.name))) continue;
    throw refusedSql(
      statement.source,
      statement.start,
      own
        ? `${fact.name} reads more than its arguments: the server's catalogue or its state.`
        : `${fact.schema}.${fact.name} is a function of somebody's own: what it reads is not known.`,
      'Use functions that compute from their arguments; describe_table says what the catalogue knows.',
    );
  }
}
