import { FUNCTION_FACTS_SQL, lookUp, vetFunctions, type FunctionFacts } from '../../../sql/functions';
import { parseSql } from '../../../sql/parse';
import { relationsIn } from '../../../sql/relations';
import { callsOfQuiet } from '../../../sql/trigger-body';
import type { ReadSession } from '../../../warehouses/warehouse';

interface Found {
  name: string;
  trigger: string;
  body: string;
  language: string;
  /** A function of PostgreSQL's own: those that ordinary triggers can call only set values. */
  system: boolean;
  definer: boolean;
}

/**
 * Triggers of tables, by name, that do nothing but set values of the rows that are written: what they set is kept and comes back
 * with the row. Decided by what their functions are made of; what cannot be read does more.
 */
export async function quietTriggers(session: ReadSession, oids: readonly string[]): Promise<Set<string>> {
  const triggers = await session.query<Found>(
    `select g.tgname::text as name, pg_get_triggerdef(g.oid) as trigger, l.lanname::text as language,
       case when p.prokind = 'f' then pg_get_functiondef(p.oid) end as body, p.prosecdef as definer,
       l.lanname = 'internal' and p.pronamespace = 'pg_catalog'::regnamespace as system
     from pg_trigger g join pg_proc p on p.oid = g.tgfoid join pg_language l on l.oid = p.prolang
     where g.tgrelid = any($1::oid[]) and not g.tgisinternal`,
    [oids],
  );
  const quiet = new Set(triggers.map(({ name }) => name));
  for (const trigger of triggers) if (!(await isQuiet(session, trigger))) quiet.delete(trigger.name);
  return quiet;
}

async function isQuiet(session: ReadSession, found: Found): Promise<boolean> {
  const body = found.system
    ? { functions: [], operators: [] }
    : found.language === 'plpgsql' && !found.definer
      ? await callsOfQuiet(found.body)
      : undefined;
  if (!body) return false;
  const when = await callsOfWhen(found.trigger);
  if (!when) return false;
  const named = {
    functions: [...new Set([...body.functions, ...when.functions])],
    operators: [...new Set([...body.operators, ...when.operators])],
  };
  if (named.functions.length + named.operators.length === 0) return true;
  const facts = await session.query<FunctionFacts>(FUNCTION_FACTS_SQL, lookUp(named));
  const { refused, unknown } = vetFunctions(named, facts);
  return refused.length + unknown.length === 0;
}

/** What its WHEN calls: nothing, almost always. */
async function callsOfWhen(
  trigger: string,
): Promise<{ functions: string[]; operators: string[] } | undefined> {
  try {
    const [statement] = await parseSql(trigger);
    return statement && relationsIn(statement);
  } catch {
    return undefined;
  }
}
