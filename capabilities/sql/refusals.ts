import type { SluiceError } from '../../schemas/errors';
import { refuseSideEffects, type ParsedStatement } from '../../sql/parse';
import { statementName } from '../../sql/statement-name';
import { refusedSql } from '../../sql/text';
import { child, children, firstLocation, type Tree } from '../../sql/walk';
import { isBeyond, OR_SAY } from './beyond';

/** The closed set, for people. */
export const ALLOWED = [
  'CREATE, DROP SCHEMA; ALTER SCHEMA … RENAME',
  'CREATE TABLE (also AS); DROP TABLE; ALTER TABLE … RENAME, ATTACH and DETACH PARTITION, ADD, DROP, RENAME COLUMN, ALTER COLUMN TYPE, SET and DROP DEFAULT, SET and DROP NOT NULL, ADD, DROP and RENAME CONSTRAINT',
  'CREATE, DROP INDEX; ALTER INDEX … RENAME',
  'CREATE [OR REPLACE], DROP VIEW; ALTER VIEW … RENAME',
  'INSERT (also ON CONFLICT), UPDATE (also FROM), DELETE (also USING), MERGE, TRUNCATE',
  'COMMENT ON; GRANT and REVOKE; ALTER … OWNER TO, RENAME TO, SET SCHEMA',
  'CREATE, ALTER, DROP of SEQUENCE, TYPE, DOMAIN, FUNCTION, PROCEDURE, TRIGGER, POLICY; ROW LEVEL SECURITY; SELECT setval(…)',
  'CREATE, ALTER, REFRESH, DROP MATERIALIZED VIEW; CREATE and DROP EXTENSION (trusted ones); ANALYZE of tables',
] as const;

const ALLOWED_TEXT = `Allowed, because each has an exact undo: ${ALLOWED.join(' · ')}.`;

/** What to write instead, where there is something. */
const INSTEAD: Record<string, string> = {
  VacuumStmt:
    'It cannot run in a transaction, and changes nothing that a reader sees: leave it to autovacuum, or run it by hand.',
  TransactionStmt:
    'Leave it out: the statements of a step run in one transaction that Sluice begins and commits.',
  RuleStmt: 'Write a trigger, or an updatable view.',
  AlterDefaultPrivilegesStmt:
    'Write GRANT for what there is (ON ALL TABLES IN SCHEMA), in the step that makes it.',
  GrantRoleStmt: 'Roles belong to the whole server: let an administrator grant them.',
  CreateRoleStmt: 'Roles belong to the whole server: let an administrator make them.',
  ClusterStmt:
    'Write ALTER TABLE … CLUSTER ON to mark the index; CLUSTER itself rewrites the table, and its rows have no order to go back to.',
  ReindexStmt: 'It changes nothing that a plan could show: let an administrator run it.',
  AlterExtensionStmt: 'PostgreSQL has no way back to an extension’s older version.',
  DoStmt: 'Write its statements as statements of the step: what DO does is not known before it runs.',
  CallStmt:
    'Write the procedure’s statements as statements of the step: what it does is not known before it runs.',
  VariableSetStmt: 'Leave it out: the settings of the session are part of what is approved.',
  CopyStmt: 'Load files with an `ingest` step.',
  SelectStmt: 'A query alone changes nothing: use a `check` step, or a `model` step to keep its result.',
};

/** `statement_refused` for a statement outside the closed set. */
export function notAllowed(statement: ParsedStatement): SluiceError {
  const { source, start, kind } = statement;
  const next = [INSTEAD[kind], isBeyond(statement) ? OR_SAY : undefined, ALLOWED_TEXT]
    .filter(Boolean)
    .join(' ');
  return refusedSql(
    source,
    start,
    `${statementName(statement)} is not a statement that Sluice can take back.`,
    next,
  );
}

/** `statement_refused` for a form of a statement, at the place of `node` if the tree tells it. */
export function refuseForm(statement: ParsedStatement, what: string, next: string, node?: Tree): SluiceError {
  const location = node === undefined ? undefined : firstLocation(node);
  const offset = location === undefined ? statement.start : statement.offsetOf(location);
  return refusedSql(statement.source, offset, what, next);
}

/** Refuses CASCADE: what else it would take away is not in the text that people approve. */
export function noCascade(statement: ParsedStatement, node: Tree): void {
  if (node['behavior'] !== 'DROP_CASCADE') return;
  throw refuseForm(
    statement,
    'CASCADE is refused: it takes away what nobody named.',
    'Drop what depends on it by name, before it, in the same step.',
  );
}

/** Refuses temporary and unlogged relations, and tablespaces: what is made must last, where the warehouse keeps it. */
export function ordinaryRelation(statement: ParsedStatement, rangeVar: Tree | undefined, node: Tree): void {
  const persistence = rangeVar?.['relpersistence'];
  if (persistence !== undefined && persistence !== 'p') {
    throw refuseForm(
      statement,
      'A temporary or unlogged relation is refused: its rows do not last.',
      'Make an ordinary one.',
    );
  }
  if (node['tablespacename'] ?? node['tableSpaceName'] ?? node['tableSpace']) {
    throw refuseForm(statement, 'A tablespace is refused.', 'Leave TABLESPACE out.');
  }
}

const CLOSED_SCHEMAS = /^(sluice|sluice_shadow|information_schema|pg_.*)$/;

/** Refuses the system's schemas and Sluice's own. */
export function openSchema(statement: ParsedStatement, schema: string): void {
  if (!CLOSED_SCHEMAS.test(schema)) return;
  throw refuseForm(
    statement,
    `The schema ${schema} belongs to ${schema.startsWith('sluice') ? 'Sluice' : 'PostgreSQL'}.`,
    'Name a schema of your own.',
  );
}

/** Refuses RETURNING (its rows would go nowhere), WHERE CURRENT OF, and a WITH or query that writes or locks. */
export function plainRows(statement: ParsedStatement): void {
  const { node } = statement;
  if (node['returningClause'] ?? node['returningList']) {
    throw refuseForm(statement, 'RETURNING is refused: nobody would get the rows.', 'Leave RETURNING out.');
  }
  if (child(child(node, 'whereClause'), 'CurrentOfExpr')) {
    throw refuseForm(
      statement,
      'WHERE CURRENT OF is refused: there is no cursor.',
      'Name the rows by a condition.',
    );
  }
  for (const cte of children(child(node, 'withClause'), 'ctes')) {
    const query = child(cte, 'CommonTableExpr');
    const [kind] = Object.keys(child(query, 'ctequery') ?? {});
    if (kind === undefined || kind === 'SelectStmt') continue;
    throw refuseForm(
      statement,
      `${kind.replace('Stmt', '').toUpperCase()} within WITH is refused: the rows that it changes cannot be kept for the undo (a data-modifying WITH).`,
      'Make it a statement of its own in the same step. Where the next one needs its rows, keep them first: CREATE TABLE … AS SELECT, and DROP TABLE at the end.',
      query,
    );
  }
  refuseSideEffects(statement);
}
