import type { Finding } from '../../../schemas/change';
import { FUNCTION_FACTS_SQL, lookUp, vetFunctions, type FunctionFacts } from '../../../sql/functions';
import type { ParsedStatement } from '../../../sql/parse';
import { relationsIn } from '../../../sql/relations';
import { invalidSql, refusedSql } from '../../../sql/text';
import { child, children, names, numberOf, walk } from '../../../sql/walk';
import type { ReadSession } from '../../../warehouses/warehouse';

/** Statements in which `nextval` is a default for rows to come and not something that happens now. */
const DEFINES = new Set(['CreateStmt', 'AlterTableStmt']);

/** Judges the functions a statement calls. Throws `statement_refused` or `invalid_sql`, at the call's place. */
export async function vetStatement(statement: ParsedStatement, session: ReadSession): Promise<Finding[]> {
  const named = relationsIn(statement);
  if (named.functions.length === 0 && named.operators.length === 0) return [];
  const facts = await session.query<FunctionFacts>(FUNCTION_FACTS_SQL, lookUp(named));
  const { refused, unknown, findings } = vetFunctions(
    named,
    facts,
    DEFINES.has(statement.kind) ? ['nextval'] : [],
  );
  const { source } = statement;
  if (refused[0]) {
    const { name, why } = refused[0];
    throw refusedSql(
      source,
      callOffset(statement, name),
      `${name} may not be called: ${why}.`,
      'Write the statement without it.',
    );
  }
  if (unknown[0]) {
    throw invalidSql(
      source,
      callOffset(statement, unknown[0]),
      `There is no function ${unknown[0]}.`,
      'Check the name and its schema.',
    );
  }
  return findings.map((finding) => ({ ...finding, place: statement.place }));
}

function callOffset(statement: ParsedStatement, name: string): number {
  let found: number | undefined;
  walk(statement.node, (tag, node) => {
    const called =
      tag === 'FuncCall'
        ? names(children(node, 'funcname'))
        : tag === 'A_Expr'
          ? names(children(node, 'name'))
          : [];
    if (called.join('.') === name)
      found ??= numberOf(node, 'location') ?? numberOf(child(node, 'lexpr'), 'location');
  });
  return found === undefined ? statement.start : statement.offsetOf(found);
}
