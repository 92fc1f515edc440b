import type { ParsedStatement } from '../../sql/parse';
import { textOf } from '../../sql/walk';

/**
 * Statements beyond the closed set that a step may hold which brings its own undo, or says that it has none: they run in
 * a transaction, and change nothing but this database.
 */
const BEYOND = new Set(
  `AlterTableStmt AlterObjectSchemaStmt AlterOwnerStmt AlterSeqStmt AlterDomainStmt AlterEnumStmt AlterTypeStmt
   AlterFunctionStmt AlterPolicyStmt AlterStatsStmt AlterDefaultPrivilegesStmt AlterObjectDependsStmt CommentStmt
   CompositeTypeStmt CreateCastStmt CreateDomainStmt CreateEnumStmt CreateRangeStmt CreateSeqStmt CreateStatsStmt
   CreateTrigStmt CreatePolicyStmt DefineStmt DropStmt GrantStmt IndexStmt RenameStmt RuleStmt CreateStmt
   AlterExtensionStmt AlterExtensionContentsStmt`
    .trim()
    .split(/\s+/),
);

export function isBeyond({ kind, node }: ParsedStatement): boolean {
  if (kind === 'ClusterStmt') return node['relation'] !== undefined;
  // Of a schema or the whole database it cannot run in a transaction.
  if (kind === 'ReindexStmt') return /_(INDEX|TABLE)$/.test(textOf(node, 'kind') ?? '');
  return BEYOND.has(kind);
}

/** What to write where a statement is refused only because nothing takes it back. */
export const OR_SAY =
  'Or give the step an `undo` of your own, SQL that takes all of it back; or say `irreversible: true`, and two people are asked.';
