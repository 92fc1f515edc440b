import type { RelationName } from '../../../schemas/change';
import { quoteIdent, quoteRelation, relationName as nameOf, splitRelation } from '../../../sql/quote';
import { relationName } from '../../../sql/relations';
import type { ParsedStatement } from '../../../sql/parse';
import { child, children, tagged, textOf, type Tree } from '../../../sql/walk';
import type { ActionOf } from '../action';
import { noCascade } from '../refusals';
import { functionAddress, typeAddress, wordsFor, type Address } from './address';

type Move = ActionOf<'rename object'>;

const WORDS: Record<string, string> = {
  ...{
    OBJECT_TABLE: 'table',
    OBJECT_VIEW: 'view',
    OBJECT_MATVIEW: 'materialized view',
    OBJECT_SEQUENCE: 'sequence',
  },
  ...{ OBJECT_FUNCTION: 'function', OBJECT_PROCEDURE: 'procedure', OBJECT_ROUTINE: 'routine' },
  ...{ OBJECT_TYPE: 'type', OBJECT_DOMAIN: 'domain' },
};

/** RENAME of what has no handler of its own, and SET SCHEMA: the way back is the same statement, the other way round. */
export function recogniseMove(statement: ParsedStatement): Move | undefined {
  const { kind, node, text, place } = statement;
  noCascade(statement, node);
  const type = textOf(node, kind === 'RenameStmt' ? 'renameType' : 'objectType') ?? '';
  const optional = node['missing_ok'] === true;
  const written = { node, text, place, statement, kind: 'rename object', optional } as const;
  const part = PARTS[type];
  if (kind === 'RenameStmt' && part) {
    const rename = part(node);
    return rename && { ...written, ...rename };
  }
  const word = WORDS[type];
  const object = addressOf(node, type);
  if (word === undefined || !object) return undefined;
  const { schema, name } = splitRelation(object.name);
  const to: RelationName =
    kind === 'RenameStmt'
      ? nameOf(schema, textOf(node, 'newname') ?? '')
      : nameOf(textOf(node, 'newschema') ?? '', name);
  // Arguments as they are written: the types that they name are the same under the other name.
  const args = object.of === 'function' ? argumentsIn(text) : '';
  const back = kind === 'RenameStmt' ? `rename to ${quoteIdent(name)}` : `set schema ${quoteIdent(schema)}`;
  return {
    ...written,
    object,
    to: { ...object, name: to },
    back: `alter ${word} ${quoteRelation(to)}${args} ${back}`,
    does: kind === 'RenameStmt' ? `rename ${wordsFor(object)} to ${to}` : `move ${wordsFor(object)} to ${to}`,
  };
}

function argumentsIn(text: string): string {
  const open = text.indexOf('(');
  return open < 0 ? '' : text.slice(open, text.lastIndexOf(')') + 1);
}

function addressOf(node: Tree, type: string): Address | undefined {
  const rangeVar = child(node, 'relation');
  if (rangeVar) return { of: 'relation', name: relationName(rangeVar) };
  const [tag, object] = tagged(child(node, 'object') ?? {});
  if (tag === 'ObjectWithArgs') return functionAddress(object);
  return type === 'OBJECT_TYPE' || type === 'OBJECT_DOMAIN'
    ? typeAddress(children(object, 'items'))
    : undefined;
}

type Renamed = Pick<Move, 'object' | 'back' | 'does'>;

/** Parts of an object that get another name: the object keeps its own. */
const PARTS: Record<string, (node: Tree) => Renamed | undefined> = {
  OBJECT_TRIGGER: (node) => ofTable('trigger', node),
  OBJECT_POLICY: (node) => ofTable('policy', node),
  OBJECT_ATTRIBUTE: (node) =>
    inObject('type', 'attribute', { of: 'type', name: relationName(child(node, 'relation') ?? {}) }, node),
  OBJECT_COLUMN: (node) =>
    node['relationType'] === 'OBJECT_MATVIEW'
      ? inObject(
          'materialized view',
          'column',
          { of: 'relation', name: relationName(child(node, 'relation') ?? {}) },
          node,
        )
      : undefined,
  OBJECT_DOMCONSTRAINT: (node) =>
    inObject(
      'domain',
      'constraint',
      typeAddress(children(child(child(node, 'object'), 'List'), 'items')),
      node,
    ),
};

function ofTable(what: string, node: Tree): Renamed {
  const { from, to } = namesOf(node);
  const name = relationName(child(node, 'relation') ?? {});
  return {
    object: { of: 'relation', name },
    back: `alter ${what} ${quoteIdent(to)} on ${quoteRelation(name)} rename to ${quoteIdent(from)}`,
    does: `rename ${what} ${from} on ${name} to ${to}`,
  };
}

function inObject(word: string, what: string, object: Address, node: Tree): Renamed {
  const { from, to } = namesOf(node);
  return {
    object,
    back: `alter ${word} ${quoteRelation(object.name)} rename ${what} ${quoteIdent(to)} to ${quoteIdent(from)}`,
    does: `rename ${what} ${from} of ${wordsFor(object)} to ${to}`,
  };
}

const namesOf = (node: Tree): { from: string; to: string } => ({
  from: textOf(node, 'subname') ?? '',
  to: textOf(node, 'newname') ?? '',
});
