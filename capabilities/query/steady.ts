import { parseSql, relationsIn, type ParsedStatement } from '../../sql/parse';
import { child, textOf, walk } from '../../sql/walk';
import type { ReadSession } from '../../warehouses/warehouse';
import type { Reached } from './reach';

/**
 * Stable functions (the same within one statement) whose result rests on their arguments and on settings that every
 * session pins (time zone, date style). The other stable ones know the clock, the user or the catalogue.
 */
const PINNED = new Set(
  `array_to_json array_to_string concat concat_ws date date_bin date_part date_trunc extract format generate_series
   json_agg json_agg_strict json_build_array json_build_object json_object_agg json_object_agg_strict
   json_object_agg_unique jsonb_agg jsonb_agg_strict jsonb_build_array jsonb_build_object jsonb_object_agg
   jsonb_object_agg_strict make_timestamptz overlaps quote_literal quote_nullable row_to_json timestamptz timezone
   to_char to_date to_json to_jsonb to_number to_timestamp`.split(/\s+/),
);

/** Strings that PostgreSQL reads as a date or time relative to the clock, wherever they become one. */
const CLOCK_LITERAL = /^\s*(now|today|tomorrow|yesterday)\b/i;

/**
 * True when the query is sure to give the same rows for as long as its inputs hold the same rows. Fails closed: what
 * is not known to be steady is not, and costs a rebuild.
 */
export async function isSteady(
  session: ReadSession,
  statement: ParsedStatement,
  inputs: readonly Reached[],
): Promise<boolean> {
  if (inputs.some((input) => input.relkind === 'f' || input.relkind === 'S')) return false;
  const views = await session.query<{ definition: string }>(
    'select pg_get_viewdef(oid) as definition from unnest($1::oid[]) as v(oid)',
    [inputs.filter((input) => input.relkind === 'v').map((input) => input.oid)],
  );
  const statements = [statement];
  for (const { definition } of views) statements.push(...(await parseSql(definition)));
  if (statements.some(knowsTheClock)) return false;
  const named = statements.map((each) => relationsIn(each));
  return (
    (await steadyFunctions(session, [...new Set(named.flatMap((each) => each.functions))])) &&
    (await systemOperators(session, [...new Set(named.flatMap((each) => each.operators))]))
  );
}

function knowsTheClock(statement: ParsedStatement): boolean {
  let found = false;
  walk({ [statement.kind]: statement.node }, (tag, node) => {
    if (tag === 'RangeTableSample' || tag === 'SQLValueFunction') found = true;
    const literal = tag === 'A_Const' ? textOf(child(node, 'sval'), 'sval') : undefined;
    if (literal !== undefined && CLOCK_LITERAL.test(literal)) found = true;
  });
  return found;
}

/** Every function of that name is the system's (nobody's own could be meant instead), and immutable or pinned. */
async function steadyFunctions(session: ReadSession, names: readonly string[]): Promise<boolean> {
  const bare = names.map((name) => name.replace(/^pg_catalog\./, ''));
  if (bare.some((name) => name.includes('.'))) return false;
  const rows = await session.query<{ name: string; volatility: string }>(
    `select f.name, case when count(p.oid) = 0 or bool_or(p.pronamespace <> 'pg_catalog'::regnamespace) then 'v'
                         else max(case p.provolatile when 'i' then 'i' when 's' then 's' else 'v' end) end as volatility
       from unnest($1::text[]) f(name) left join pg_proc p on p.proname = f.name
      group by f.name`,
    [bare],
  );
  return rows.every(({ name, volatility }) => volatility === 'i' || (volatility === 's' && PINNED.has(name)));
}

async function systemOperators(session: ReadSession, names: readonly string[]): Promise<boolean> {
  const bare = names.map((name) => name.replace(/^pg_catalog\./, ''));
  if (bare.some((name) => /[a-z]\./i.test(name))) return false;
  const rows = await session.query(
    `select from pg_operator where oprname = any($1::text[]) and oprnamespace <> 'pg_catalog'::regnamespace limit 1`,
    [bare],
  );
  return rows.length === 0;
}
