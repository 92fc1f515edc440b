import { parsePlPgSQL } from 'libpg-query';
import { parseSql } from './parse';
import { relationsIn, type Named } from './relations';

/** Statements of PL/pgSQL that do nothing by themselves but set variables, `NEW` among them, and decide what comes next. */
const QUIET = new Set([
  'PLpgSQL_stmt_block',
  'PLpgSQL_stmt_assign',
  'PLpgSQL_stmt_if',
  'PLpgSQL_stmt_case',
  'PLpgSQL_stmt_return',
  'PLpgSQL_stmt_raise',
  'PLpgSQL_stmt_exit',
  'PLpgSQL_stmt_loop',
  'PLpgSQL_stmt_while',
  'PLpgSQL_stmt_fori',
]);

/** The expression after `NEW.a :=`. */
const ASSIGNED = /^[^=]*?:?=(.*)$/s;

/**
 * What the expressions of a trigger function call, where its body only sets values (`create function …` with a body in
 * PL/pgSQL); undefined where it has any other statement, or cannot be read.
 */
export async function callsOfQuiet(
  definition: string,
): Promise<Pick<Named, 'functions' | 'operators'> | undefined> {
  try {
    const expressions: string[] = [];
    if (!collect(await parsePlPgSQL(definition), expressions)) return undefined;
    const calls = { functions: new Set<string>(), operators: new Set<string>() };
    for (const expression of expressions) {
      const [statement, more] = await parseSql(`select ${expression}`);
      if (statement?.kind !== 'SelectStmt' || more) return undefined;
      const { functions, operators } = relationsIn(statement);
      functions.forEach((name) => calls.functions.add(name));
      operators.forEach((name) => calls.operators.add(name));
    }
    return { functions: [...calls.functions], operators: [...calls.operators] };
  } catch {
    return undefined;
  }
}

/** False at the first statement that is not quiet. */
function collect(tree: unknown, expressions: string[]): boolean {
  if (Array.isArray(tree)) return tree.every((each) => collect(each, expressions));
  if (typeof tree !== 'object' || tree === null) return true;
  return Object.entries(tree).every(([tag, value]) => {
    if (tag.startsWith('PLpgSQL_stmt_') && !QUIET.has(tag)) return false;
    if (tag !== 'PLpgSQL_expr') return collect(value, expressions);
    const { query, parseMode } = value as { query: string; parseMode?: number };
    const expression =
      parseMode === 2 ? query : parseMode === undefined ? undefined : ASSIGNED.exec(query)?.[1];
    if (expression === undefined) return false;
    expressions.push(expression);
    return true;
  });
}
