import type { Finding } from '../../../schemas/change';
import { FUNCTION_FACTS_SQL, lookUp, vetFunctions, type FunctionFacts } from '../../../sql/functions';
import type { ParsedStatement } from '../../../sql/parse';
import { relationsIn } from '../../../sql/relations';
import { invalidSql, refusedSql } from '../../../sql/text';
import { DEFAULT_SCHEMA } from '../../../sql/quote';
import { child, children, names, numberOf, textOf, walk } from '../../../sql/walk';
import type { ReadSession } from '../../../warehouses/warehouse';

/** Statements in which `nextval` is a default for rows to come and not something that happens now. */
const DEFINES = new Set(['CreateStmt', 'AlterTableStmt', 'CreateDomainStmt', 'AlterDomainStmt']);
/** Statements that only store an expression: what it calls runs later, with the rights of whoever makes it run. */
const STORES = new Set([
  'CreateStmt',
  'CreateDomainStmt',
  'CreateTrigStmt',
  'CreatePolicyStmt',
  'AlterPolicyStmt',
]);
/** Statements of the closed set that consist of such a call. */
const CALLS = new Set(['SelectStmt', 'VariableSetStmt']);

/**
 * Judges the functions a statement calls. `made`: those that statements before it, in the same step, make. Throws
 * `statement_refused` or `invalid_sql`, at the call's place.
 */
export async function vetStatement(
  statement: ParsedStatement,
  session: ReadSession,
  made: readonly FunctionFacts[] = [],
): Promise<Finding[]> {
  // A function's body runs when it is called, and not now.
  if (statement.kind === 'CreateFunctionStmt' || CALLS.has(statement.kind)) return [];
  const named = relationsIn(statement);
  if (named.functions.length === 0 && named.operators.length === 0) return [];
  const found = await session.query<FunctionFacts>(FUNCTION_FACTS_SQL, lookUp(named));
  const facts = [...found, ...made];
  const stored = STORES.has(statement.kind);
  const { refused, unknown, findings } = vetFunctions(
    named,
    stored ? facts.map((fact) => ({ ...fact, volatility: 's' as const, definer: false })) : facts,
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

/** The functions that statements of a step make, as the catalogue will know them. */
export function functionsMade(statements: readonly ParsedStatement[]): FunctionFacts[] {
  return statements
    .filter(({ kind }) => kind === 'CreateFunctionStmt')
    .map(({ node }) => {
      const options = new Map(
        children(node, 'options').map((each) => {
          const option = child(each, 'DefElem') ?? {};
          return [textOf(option, 'defname'), child(option, 'arg')] as const;
        }),
      );
      const text = (name: string): string | undefined => textOf(child(options.get(name), 'String'), 'sval');
      const name = names(children(node, 'funcname'));
      return {
        ...{ name: name.at(-1) ?? '', schema: name.length > 1 ? name[0]! : DEFAULT_SCHEMA },
        volatility: VOLATILITY[text('volatility') ?? 'volatile'] ?? 'v',
        definer: child(options.get('security'), 'Boolean')?.['boolval'] === true,
        language: text('language')?.toLowerCase() ?? 'sql',
        extension: false,
      };
    });
}

const VOLATILITY: Record<string, FunctionFacts['volatility']> = {
  immutable: 'i',
  stable: 's',
  volatile: 'v',
};

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
