import { splitAlterTable } from '../../sql/clauses';
import { Faults } from '../../sql/faults';
import { parseSql, refuseSideEffects, type ParsedStatement } from '../../sql/parse';
import { dottedName, relationName } from '../../sql/relations';
import { child, children, names, tagged, textOf, walk, type Tree } from '../../sql/walk';
import { splitRelation } from '../../sql/quote';
import { targetsOf, type Action } from './action';
import { OR_SAY } from './beyond';
import { recogniseDefinition } from './define/recognise';
import { recogniseAlter } from './recognise-alter';
import { noCascade, notAllowed, openSchema, ordinaryRelation, plainRows, refuseForm } from './refusals';

/**
 * What a statement does, as one action or (an ALTER TABLE with several) more. Throws `statement_refused`, with the
 * place, for everything outside the closed set.
 */
export async function recognise(statement: ParsedStatement): Promise<Action[]> {
  const actions = statement.kind === 'AlterTableStmt' ? await eachAlter(statement) : [one(statement)];
  for (const action of actions) {
    for (const target of targetsOf(action)) openSchema(statement, splitRelation(target).schema);
  }
  return actions;
}

/** Each action of an ALTER TABLE becomes a statement of its own; they run in the order in which they are written. */
async function eachAlter(statement: ParsedStatement): Promise<Action[]> {
  const commands = children(statement.node, 'cmds').map((cmd) => tagged(cmd)[1]);
  const texts = commands.length === 1 ? [statement.text] : await splitAlterTable(statement.text);
  const single = await Promise.all(texts.map(async (text) => (await parseSql(text))[0]));
  const same =
    single.length === commands.length &&
    single.every((each, index) => {
      const cmd = children(each?.node, 'cmds');
      return cmd.length === 1 && tagged(cmd[0]!)[1]['subtype'] === commands[index]!['subtype'];
    });
  if (!same)
    throw refuseForm(
      statement,
      'The actions of this ALTER TABLE cannot be told apart.',
      'Write one ALTER TABLE for each.',
    );
  const faults = new Faults();
  const actions: Action[] = [];
  for (const [index, command] of commands.entries()) {
    const action = await faults.gather(() => recogniseAlter(statement, command, texts[index]!));
    if (action) actions.push(action);
  }
  faults.report();
  return actions;
}

function one(statement: ParsedStatement): Action {
  const { kind, node, text, place } = statement;
  const written = { node, text, place, statement };
  const optional = node['missing_ok'] === true || node['if_not_exists'] === true;
  switch (kind) {
    case 'CreateSchemaStmt':
      if (node['schemaElts'])
        throw refuseForm(
          statement,
          'CREATE SCHEMA with elements is refused.',
          'Create them by statements of their own.',
        );
      if (node['authrole'])
        throw refuseForm(statement, 'CREATE SCHEMA … AUTHORIZATION is refused.', 'Leave AUTHORIZATION out.');
      return { ...written, kind: 'create schema', schema: textOf(node, 'schemaname') ?? '', optional };
    case 'CreateStmt':
      return createTable(statement, optional);
    case 'CreateTableAsStmt':
      return createTableAs(statement, optional);
    case 'ViewStmt':
      ordinaryRelation(statement, child(node, 'view'), node);
      refuseSideEffects(statement);
      return {
        ...written,
        kind: 'create view',
        relation: relationName(child(node, 'view')!),
        replace: node['replace'] === true,
      };
    case 'IndexStmt':
      if (node['concurrent'] === true) throw refuseConcurrently(statement);
      ordinaryRelation(statement, undefined, node);
      return {
        ...written,
        kind: 'create index',
        relation: relationName(child(node, 'relation')!),
        index: textOf(node, 'idxname'),
        optional,
      };
    case 'DropStmt':
      return drop(statement, optional);
    case 'RenameStmt':
      return rename(statement, optional);
    case 'InsertStmt':
    case 'UpdateStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
      plainRows(statement);
      return {
        ...written,
        kind: ROWS[kind],
        relation: relationName(child(node, 'relation')!),
        only: child(node, 'relation')!['inh'] !== true,
      };
    case 'TruncateStmt':
      return truncate(statement);
    default:
      return recogniseDefinition(statement) ?? refuse(notAllowed(statement));
  }
}

const ROWS = {
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
} as const;

function truncate(statement: ParsedStatement): Action {
  const { node, text, place } = statement;
  const named = children(node, 'relations').map((each) => child(each, 'RangeVar') ?? {});
  if (node['behavior'] === 'DROP_CASCADE') {
    throw refuseForm(
      statement,
      'TRUNCATE … CASCADE is refused: it empties tables that nobody named.',
      'Name every table that refers to it: TRUNCATE a, b.',
    );
  }
  return {
    ...{ node, text, place, statement, kind: 'truncate' },
    relations: named.map(relationName),
    only: named.filter((each) => each['inh'] !== true).map(relationName),
    restarts: node['restart_seqs'] === true,
  };
}

const refuse = (error: Error): never => {
  throw error;
};

function refuseConcurrently(statement: ParsedStatement): Error {
  return refuseForm(
    statement,
    'CONCURRENTLY is refused: it cannot run in a transaction, so a failure half-way would stay.',
    'Leave CONCURRENTLY out; writers of the table wait meanwhile.',
  );
}

function createTable(statement: ParsedStatement, optional: boolean): Action {
  const { node, text, place } = statement;
  const relation = child(node, 'relation')!;
  ordinaryRelation(statement, relation, node);
  if (node['ofTypename'])
    throw refuseForm(statement, 'A table OF a type is refused.', 'Write its columns: CREATE TABLE t (…).');
  if (node['oncommit'] !== 'ONCOMMIT_NOOP')
    throw refuseForm(statement, 'ON COMMIT is refused.', 'Leave ON COMMIT out.');
  walk(node, (tag, below) => {
    if (tag === 'Constraint' && below['indexspace'])
      throw refuseForm(statement, 'A tablespace is refused.', 'Leave USING INDEX TABLESPACE out.', below);
  });
  return {
    node,
    text,
    place,
    statement,
    kind: 'create table',
    relation: relationName(relation),
    fromQuery: false,
    parents: children(node, 'inhRelations').map((each) => relationName(child(each, 'RangeVar') ?? {})),
    optional,
  };
}

function createTableAs(statement: ParsedStatement, optional: boolean): Action {
  const { node, text, place } = statement;
  const made = recogniseDefinition(statement);
  if (made) {
    refuseSideEffects({ ...statement, node: child(node, 'query')! });
    return made;
  }
  if (node['objtype'] !== 'OBJECT_TABLE' || !child(child(node, 'query'), 'SelectStmt'))
    throw notAllowed(statement);
  const into = child(node, 'into');
  const relation = child(into, 'rel')!;
  ordinaryRelation(statement, relation, into!);
  refuseSideEffects({ ...statement, node: child(node, 'query')! });
  return {
    node,
    text,
    place,
    statement,
    kind: 'create table',
    relation: relationName(relation),
    fromQuery: true,
    parents: [],
    optional,
  };
}

function drop(statement: ParsedStatement, optional: boolean): Action {
  const { node, text, place } = statement;
  const written = { node, text, place, statement };
  const objects = children(node, 'objects');
  const dotted = objects.map((object) => dottedName(names(children(child(object, 'List'), 'items'))));
  const type = textOf(node, 'removeType');
  if (node['concurrent'] === true) throw refuseConcurrently(statement);
  switch (type) {
    case 'OBJECT_TABLE':
      noCascade(statement, node);
      return { ...written, kind: 'drop table', relations: dotted, optional };
    case 'OBJECT_VIEW':
      noCascade(statement, node);
      return { ...written, kind: 'drop view', relations: dotted, optional };
    case 'OBJECT_INDEX':
      noCascade(statement, node);
      return { ...written, kind: 'drop index', indexes: dotted, optional };
    case 'OBJECT_SCHEMA':
      noCascade(statement, node);
      return { ...written, kind: 'drop schema', schemas: names(objects), optional };
    default:
      return (
        recogniseDefinition(statement) ??
        refuse(
          refuseForm(
            statement,
            `DROP ${(type ?? '').replace('OBJECT_', '')} is not a statement that Sluice can take back.`,
            `Leave it out, or let an administrator do it. ${OR_SAY}`,
          ),
        )
      );
  }
}

function rename(statement: ParsedStatement, optional: boolean): Action {
  const { node, text, place } = statement;
  const written = { node, text, place, statement };
  const to = textOf(node, 'newname') ?? '';
  const from = textOf(node, 'subname') ?? '';
  noCascade(statement, node);
  if (node['renameType'] === 'OBJECT_SCHEMA') return { ...written, kind: 'rename schema', schema: from, to };
  const rangeVar: Tree | undefined = child(node, 'relation');
  const relation = rangeVar ? relationName(rangeVar) : '';
  switch (node['renameType']) {
    case 'OBJECT_TABLE':
      return { ...written, kind: 'rename relation', what: 'table', relation, to, optional };
    case 'OBJECT_VIEW':
      return { ...written, kind: 'rename relation', what: 'view', relation, to, optional };
    case 'OBJECT_INDEX':
      return { ...written, kind: 'rename relation', what: 'index', relation, to, optional };
    case 'OBJECT_TABCONSTRAINT':
      return { ...written, kind: 'rename constraint', relation, constraint: from, to, optional };
    case 'OBJECT_COLUMN': {
      const what =
        node['relationType'] === 'OBJECT_TABLE'
          ? 'table'
          : node['relationType'] === 'OBJECT_VIEW'
            ? 'view'
            : undefined;
      if (what) return { ...written, kind: 'rename column', what, relation, column: from, to, optional };
    }
  }
  return (
    recogniseDefinition(statement) ??
    refuse(
      refuseForm(
        statement,
        `Renaming ${String(node['renameType']).replace('OBJECT_', '').toLowerCase()} is refused.`,
        `Leave it out, or let an administrator do it. ${OR_SAY}`,
      ),
    )
  );
}
