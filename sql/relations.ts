import type { RelationName } from '../schemas/change';
import { DEFAULT_SCHEMA, relationName as nameOf } from './quote';
import type { ParsedStatement } from './parse';
import { child, children, isTree, names, tagged, textOf, type Tree } from './walk';

/** What a statement names. Sorted, without duplicates; schemas written out, `public` where the text names none. */
export interface Named {
  reads: RelationName[];
  writes: RelationName[];
  /** Functions called, as written: `lower`, `app.tax`; SQL's own spellings (`CURRENT_DATE`) as `current_date`. */
  functions: string[];
  /** Operators used, as written: `+`, `app.@@`. */
  operators: string[];
}

/** `schema.name` of a RangeVar node. */
export function relationName(rangeVar: Tree): RelationName {
  return nameOf(textOf(rangeVar, 'schemaname') ?? DEFAULT_SCHEMA, textOf(rangeVar, 'relname') ?? '');
}

/** `schema.name` of a dotted list of String nodes, as DROP and COMMENT hold it. */
export function dottedName(parts: readonly string[]): RelationName {
  const [schema, name] = parts.length > 1 ? parts.slice(-2) : [DEFAULT_SCHEMA, parts[0] ?? ''];
  return nameOf(schema!, name!);
}

/** Where a statement's own RangeVar says what it writes; every other RangeVar is read. */
const WRITTEN: Record<string, readonly string[]> = {
  InsertStmt: ['relation'],
  UpdateStmt: ['relation'],
  DeleteStmt: ['relation'],
  MergeStmt: ['relation'],
  CreateStmt: ['relation'],
  CreateForeignTableStmt: ['relation'],
  AlterTableStmt: ['relation'],
  IndexStmt: ['relation'],
  RenameStmt: ['relation'],
  AlterObjectSchemaStmt: ['relation'],
  ViewStmt: ['view'],
  IntoClause: ['rel'],
  RuleStmt: ['relation'],
  CreateTrigStmt: ['relation'],
  CreatePolicyStmt: ['table'],
  AlterPolicyStmt: ['table'],
  CreateSeqStmt: ['sequence'],
  AlterSeqStmt: ['sequence'],
  CopyStmt: ['relation'],
  TruncateStmt: ['relations'],
  LockStmt: ['relations'],
  RefreshMatViewStmt: ['relation'],
  ClusterStmt: ['relation'],
  ReindexStmt: ['relation'],
};

/** Object types of DROP and COMMENT whose names are relations. */
const RELATION_OBJECTS = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_SEQUENCE',
]);

/**
 * Relations, functions and operators that a statement (or a tagged part of its tree) names. A name that a WITH defines is no relation where that
 * WITH is in scope. Relations that views or functions read on their own are not seen: only the catalogue knows them.
 */
export function relationsIn(ast: ParsedStatement | Tree): Named {
  const found: Found = { reads: new Set(), writes: new Set(), functions: new Set(), operators: new Set() };
  if (isStatement(ast)) visitNode(ast.kind, ast.node, new Set(), found);
  else visit(ast, new Set(), found);
  for (const written of found.writes) found.reads.delete(written);
  const sorted = (set: Set<string>): string[] => [...set].sort();
  return {
    reads: sorted(found.reads),
    writes: sorted(found.writes),
    functions: sorted(found.functions),
    operators: sorted(found.operators),
  };
}

function isStatement(ast: ParsedStatement | Tree): ast is ParsedStatement {
  return typeof ast['kind'] === 'string' && isTree(ast['node']);
}

type Found = { [Key in keyof Named]: Set<string> };

function visit(value: unknown, ctes: ReadonlySet<string>, found: Found): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, ctes, found);
    return;
  }
  if (!isTree(value)) return;
  const tag = Object.keys(value).length === 1 ? tagged(value)[0] : '';
  if (tag !== '' && /^[A-Z]/.test(tag)) visitNode(tag, tagged(value)[1], ctes, found);
  else visitFields(value, '', ctes, found);
}

function visitNode(tag: string, node: Tree, ctes: ReadonlySet<string>, found: Found): void {
  if (tag === 'RangeVar') addRead(node, ctes, found);
  if (tag === 'FuncCall') found.functions.add(names(children(node, 'funcname')).join('.'));
  if (tag === 'SQLValueFunction')
    found.functions.add((textOf(node, 'op') ?? '').replace(/^SVFOP_|_N$/g, '').toLowerCase());
  if (tag === 'A_Expr' && /^AEXPR_OP/.test(textOf(node, 'kind') ?? '')) {
    found.operators.add(names(children(node, 'name')).join('.'));
  }
  if (tag === 'DropStmt' && RELATION_OBJECTS.has(textOf(node, 'removeType') ?? '')) {
    for (const object of children(node, 'objects')) {
      found.writes.add(dottedName(names(children(child(object, 'List'), 'items'))));
    }
  }
  visitFields(node, tag, ctes, found);
}

/** Fields of a node: the WITH clause first, because what it defines is in scope in all the others. */
function visitFields(node: Tree, tag: string, outer: ReadonlySet<string>, found: Found): void {
  const withClause = child(node, 'withClause');
  const scope = new Set(outer);
  if (withClause) {
    const ctes = children(withClause, 'ctes').map((cte) => child(cte, 'CommonTableExpr') ?? {});
    const recursive = withClause['recursive'] === true;
    if (recursive) for (const cte of ctes) scope.add(textOf(cte, 'ctename') ?? '');
    for (const cte of ctes) {
      visit(cte['ctequery'], new Set(scope), found);
      scope.add(textOf(cte, 'ctename') ?? '');
    }
  }
  const written = WRITTEN[tag] ?? [];
  for (const [key, below] of Object.entries(node)) {
    if (key === 'withClause') continue;
    if (written.includes(key)) {
      for (const target of Array.isArray(below) ? below : [below]) addWrite(target, found);
      continue;
    }
    // Some fields hold a RangeVar without its tag (`intoClause.rel`, `pktable`, a SetOp's `larg`).
    const bare = isTree(below) && typeof below['relname'] === 'string';
    if (bare) addRead(below, scope, found);
    else if (isTree(below) && (key === 'larg' || key === 'rarg'))
      visitFields(below, 'SelectStmt', scope, found);
    else if (isTree(below) && (key === 'intoClause' || key === 'into'))
      visitFields(below, 'IntoClause', scope, found);
    else visit(below, scope, found);
  }
}

function addRead(rangeVar: Tree, ctes: ReadonlySet<string>, found: Found): void {
  const isCte = rangeVar['schemaname'] === undefined && ctes.has(textOf(rangeVar, 'relname') ?? '');
  if (!isCte) found.reads.add(relationName(rangeVar));
}

function addWrite(target: unknown, found: Found): void {
  if (!isTree(target)) return;
  const rangeVar = typeof target['relname'] === 'string' ? target : child(target, 'RangeVar');
  if (rangeVar) found.writes.add(relationName(rangeVar));
}
