import { parse } from 'libpg-query';
import { refuseLongNames } from './long-names';
import { byteOffsets, fromCodePoints } from './place';
import { statementName } from './statement-name';
import { asSqlText, invalidSql, refusedSql, type SqlText } from './text';
import { numberOf, tagged, walk, type Tree } from './walk';

export { bindParams } from './params';
export { relationsIn } from './relations';
export { sqlText, type SqlText } from './text';

/** One statement as PostgreSQL's own grammar reads it (libpg-query: the parser of PostgreSQL 18). */
export interface ParsedStatement {
  /** The node's tag: `SelectStmt`, `AlterTableStmt`, … */
  readonly kind: string;
  readonly node: Tree;
  /** The statement's own text, without the semicolon and without comments before it. */
  readonly text: string;
  /** `[file:]line:column` of its first character. */
  readonly place: string;
  /** UTF-16 offset of `text` in the whole. */
  readonly start: number;
  readonly source: SqlText;
  /** UTF-16 offset, in the whole text, of a location (bytes) in the tree. */
  offsetOf(location: number): number;
}

interface PgError {
  message: string;
  sqlDetails?: { cursorPosition: number };
}

/** Every statement of a text, in order; empty text gives none. Throws `invalid_sql` with line and column, also for a name that is too long. */
export async function parseSql(sql: string | SqlText): Promise<ParsedStatement[]> {
  const source = asSqlText(sql);
  const { text } = source;
  let stmts: { stmt?: unknown; stmt_location?: number; stmt_len?: number }[];
  try {
    stmts = (await parse(text)).stmts ?? [];
  } catch (error) {
    const { message, sqlDetails } = error as PgError;
    if (message === 'Query cannot be empty') return [];
    const offset = sqlDetails ? fromCodePoints(text, sqlDetails.cursorPosition) : 0;
    const found = message.replace(/\s+/g, ' ');
    throw invalidSql(
      source,
      offset,
      `PostgreSQL cannot parse the SQL: ${found}`,
      'Correct the SQL at that place.',
    );
  }
  const offsetOf = byteOffsets(text);
  const statements = stmts.map(({ stmt, stmt_location = 0, stmt_len }): ParsedStatement => {
    const [kind, node] = tagged(stmt as Tree);
    const from = offsetOf(stmt_location);
    const raw = text.slice(from, stmt_len === undefined ? undefined : offsetOf(stmt_location + stmt_len));
    const start = from + raw.length - raw.trimStart().length;
    return { kind, node, text: raw.trim(), place: source.at(start), start, source, offsetOf };
  });
  for (const statement of statements) refusePositional(statement);
  await refuseLongNames(source);
  return statements;
}

/** `$1` has no meaning in a goal: nothing would be bound to it. */
function refusePositional(statement: ParsedStatement): void {
  walk(statement.node, (tag, node) => {
    if (tag !== 'ParamRef') return;
    const offset = statement.offsetOf(numberOf(node, 'location') ?? 0);
    const next =
      'Write :name for a value and :"name" for an identifier, and declare the name under `params`.';
    throw invalidSql(statement.source, offset, 'A positional parameter ($1) is never bound in a goal.', next);
  });
}

const WRITES_IN_WITH = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);
const ONE_QUERY = 'Give exactly one query: SELECT, WITH … SELECT, VALUES or TABLE.';

/**
 * The one query of a text: SELECT, WITH … SELECT, VALUES or TABLE, which neither writes nor locks. Throws
 * `invalid_sql` for what is no single statement, `statement_refused` for any other kind, INTO, FOR UPDATE/SHARE
 * and data-modifying WITH.
 */
export async function parseSingleSelect(sql: string | SqlText): Promise<ParsedStatement> {
  const source = asSqlText(sql);
  const [only, second] = await parseSql(source);
  if (!only) throw invalidSql(source, 0, 'The text holds no SQL statement.', ONE_QUERY);
  if (second) throw invalidSql(source, second.start, 'A second statement begins here.', ONE_QUERY);
  if (only.kind !== 'SelectStmt') {
    throw refusedSql(source, only.start, `This is no query but ${statementName(only)}.`, ONE_QUERY);
  }
  refuseSideEffects(only);
  return only;
}

/** Throws `statement_refused` if a query anywhere in the statement writes or locks rows. */
export function refuseSideEffects(statement: ParsedStatement): void {
  const refuse = (node: Tree, what: string): never => {
    const location = numberOf(node, 'location');
    const offset = location === undefined ? statement.start : statement.offsetOf(location);
    throw refusedSql(
      statement.source,
      offset,
      `${what} is refused: a query only reads.`,
      `Remove it. ${ONE_QUERY}`,
    );
  };
  walk(statement.node, (tag, node) => {
    if (WRITES_IN_WITH.has(tag))
      refuse((node['relation'] as Tree | undefined) ?? node, 'A data-modifying WITH');
    if (tag === 'LockingClause') refuse(node, 'A locking clause (FOR UPDATE, FOR SHARE)');
    if (tag === 'SelectStmt' && node['intoClause'])
      refuse((node['intoClause'] as Tree)['rel'] as Tree, 'SELECT INTO');
  });
  if (statement.node['intoClause'])
    refuse((statement.node['intoClause'] as Tree)['rel'] as Tree, 'SELECT INTO');
  if (Array.isArray(statement.node['lockingClause'])) refuse({}, 'A locking clause (FOR UPDATE, FOR SHARE)');
}
