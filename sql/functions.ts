import type { Finding } from '../schemas/change';
import type { Named } from './relations';

/**
 * Which functions SQL that nobody vetted by hand may call. Reading SQL runs as a role that can only read, but a
 * function can act all the same: signal other sessions, take locks, reach files or the network, run SQL from a string.
 */
export interface FunctionFacts {
  /** As asked for: the name, or the operator's symbol. */
  name: string;
  schema: string;
  volatility: 'i' | 's' | 'v';
  /** SECURITY DEFINER: runs with its owner's rights, not the caller's. */
  definer: boolean;
  language: string;
  /** Belongs to an extension. */
  extension: boolean;
}

/**
 * Facts of every overload, `$1` the functions' and `$2` the operators' names (see {@link lookUp}). The catalogue's
 * own operators are left out: there are none among them that act.
 */
export const FUNCTION_FACTS_SQL = `
  select f.name, n.nspname as schema, p.provolatile::text as volatility, p.prosecdef as definer,
         l.lanname as language,
         exists (select from pg_catalog.pg_depend d
                  where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
                    and d.deptype = 'e') as extension
    from (select p.proname::text as name, p.oid from pg_catalog.pg_proc p where p.proname = any($1)
          union
          select o.oprname::text, o.oprcode::oid from pg_catalog.pg_operator o
            join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
           where o.oprname = any($2) and n.nspname <> 'pg_catalog') f
    join pg_catalog.pg_proc p on p.oid = f.oid
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
   order by 1, 2, 3, 4, 5`;

/** SQL's own spellings, which are no functions of the catalogue. */
const SQL_TIMES = ['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp'];
const SQL_NAMES = [
  'current_role',
  'current_user',
  'user',
  'session_user',
  'current_catalog',
  'current_schema',
];
const STABLE_TIMES = new Set([...SQL_TIMES, 'now', 'transaction_timestamp', 'statement_timestamp']);

/** Volatile, and harmless: they make a value and touch nothing. */
const HARMLESS = new Set([
  'random',
  'random_normal',
  'gen_random_uuid',
  'uuidv4',
  'uuidv7',
  'clock_timestamp',
  'timeofday',
  'pg_relation_size',
  'pg_table_size',
  'pg_indexes_size',
  'pg_total_relation_size',
]);

/** Refused whatever the catalogue says of them: some are declared stable and still act, or run SQL from a string. */
const NEVER = [
  /^pg_(read|ls|stat)_(file|binary_file|dir|\w+dir)$/,
  /^pg_(terminate|cancel)_backend$/,
  /^pg_(try_)?advisory_/,
  /^pg_sleep/,
  /^pg_(reload_conf|rotate_logfile|promote|notify|switch_wal|create_restore_point|backup_\w+|logical_\w+|replication_\w+)$/,
  /^(set_config|setval|nextval|currval|lastval|setseed)$/,
  /^lo_|^lo(read|write)$/,
  /^dblink/,
  /^(query|table|cursor|schema|database)_to_xml/,
  /^(crosstab|connectby|ts_stat|pg_file_|adminpack_|plpgsql_call_handler)/,
];

const LANGUAGES = new Set(['internal', 'sql', 'plpgsql']);

/** What to ask {@link FUNCTION_FACTS_SQL} for: its two parameters. */
export function lookUp(
  named: Pick<Named, 'functions' | 'operators'>,
): [functions: string[], operators: string[]] {
  return [named.functions.map((name) => bare(name)), named.operators.map((name) => bare(name))];
}

export interface Vetted {
  refused: { name: string; why: string }[];
  /** Functions that are nowhere in the catalogue. */
  unknown: string[];
  findings: Finding[];
}

/**
 * Judges what a statement calls. `allow` names functions that are fine in this statement only (`nextval` in a
 * column's default). A name without a schema is judged by every overload in `pg_catalog` and `public`: the worst
 * counts, because which one is meant depends on types that are not known here.
 */
export function vetFunctions(
  named: Pick<Named, 'functions' | 'operators'>,
  facts: readonly FunctionFacts[],
  allow: readonly string[] = [],
): Vetted {
  const result: Vetted = { refused: [], unknown: [], findings: [] };
  for (const called of [...named.functions, ...named.operators]) {
    const name = bare(called);
    if (STABLE_TIMES.has(name)) result.findings.push(timeFinding(name));
    if (SQL_TIMES.includes(name) || SQL_NAMES.includes(name) || allow.includes(name)) continue;
    const isOperator = named.operators.includes(called);
    const overloads = facts.filter((fact) => fact.name === name && matches(called, fact.schema));
    if (overloads.length === 0 && !isOperator) result.unknown.push(called);
    const why = judge(name, overloads);
    if (why !== undefined) result.refused.push({ name: called, why });
  }
  return result;
}

function judge(name: string, overloads: readonly FunctionFacts[]): string | undefined {
  if (NEVER.some((pattern) => pattern.test(name))) return 'it acts on the server or runs SQL from a string';
  for (const fact of overloads) {
    const builtIn = fact.schema === 'pg_catalog';
    if (builtIn && HARMLESS.has(name)) continue;
    if (fact.definer) return 'it is SECURITY DEFINER: it runs with the rights of its owner';
    if (fact.volatility === 'v') return 'it is volatile: it may have side effects';
    if (!LANGUAGES.has(fact.language) && !(fact.language === 'c' && (builtIn || fact.extension))) {
      return `it is written in ${fact.language}, which can do anything`;
    }
  }
  return undefined;
}

function timeFinding(name: string): Finding {
  return {
    severity: 'info',
    rule: 'time_function',
    message: `${name} gives another result at another time: a later run will not give the same rows.`,
  };
}

function bare(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1) || name;
}

function matches(called: string, schema: string): boolean {
  const dot = called.lastIndexOf('.');
  return dot > 0 ? called.slice(0, dot) === schema : schema === 'pg_catalog' || schema === 'public';
}
