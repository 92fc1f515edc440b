import { dottedName } from '../../../sql/relations';
import type { ParsedStatement } from '../../../sql/parse';
import { child, children, names, tagged, textOf } from '../../../sql/walk';
import type { ActionOf } from '../action';
import { notAllowed } from '../refusals';
import type { Part } from './action';
import { functionAddress, typeAddress, wordsFor, type Address } from './address';

/** COMMENT ON. Throws `statement_refused` for what the closed set does not know. */
export function recogniseComment(statement: ParsedStatement): ActionOf<'alter object'> {
  const { node, text, place } = statement;
  const [tag, object] = tagged(child(node, 'object') ?? {});
  const items = children(object, 'items');
  const parts = names(items);
  const part = parts.at(-1) ?? '';
  const of = (): Address => ({ of: 'relation', name: dottedName(parts.slice(0, -1)) });
  const [address, key]: [Address, string] | [undefined] = ((): [Address, string] | [undefined] => {
    switch (node['objtype']) {
      case 'OBJECT_TABLE':
      case 'OBJECT_VIEW':
      case 'OBJECT_MATVIEW':
      case 'OBJECT_INDEX':
      case 'OBJECT_SEQUENCE':
        return [{ of: 'relation', name: dottedName(parts) }, 'comment'];
      case 'OBJECT_COLUMN':
        return [of(), `column ${part} comment`];
      case 'OBJECT_TABCONSTRAINT':
        return [of(), `constraint ${part} comment`];
      case 'OBJECT_TRIGGER':
        return [of(), `trigger ${part} comment`];
      case 'OBJECT_POLICY':
        return [of(), `policy ${part} comment`];
      case 'OBJECT_DOMCONSTRAINT':
        return [typeAddress(children(child(items[0], 'TypeName'), 'names')), `constraint ${part} comment`];
      case 'OBJECT_TYPE':
      case 'OBJECT_DOMAIN':
        return [typeAddress(children(object, 'names')), 'comment'];
      case 'OBJECT_FUNCTION':
      case 'OBJECT_PROCEDURE':
      case 'OBJECT_ROUTINE':
        return [functionAddress(object), 'comment'];
      case 'OBJECT_SCHEMA':
        return [{ of: 'schema', name: textOf(object, 'sval') ?? '' }, 'comment'];
      case 'OBJECT_EXTENSION':
        return [{ of: 'extension', name: textOf(object, 'sval') ?? '' }, 'comment'];
      default:
        return [undefined];
    }
  })();
  if (!address || tag === '') throw notAllowed(statement);
  const named = NAMED[textOf(node, 'objtype') ?? ''];
  const on =
    key === 'comment' ? wordsFor(address) : `${key.replace(/ comment$/, '')} of ${wordsFor(address)}`;
  return {
    ...{ node, text, place, statement, kind: 'alter object', objects: [address], about: [key] },
    ...{ risk: 'additive', locks: '', optional: false, anyTable: true },
    ...(named ? { part: { what: named, name: part } } : {}),
    does: `comment on ${on}`,
    undo: `takes the comment away: there is none`,
  };
}

const NAMED: Record<string, Part> = {
  ...{ OBJECT_TRIGGER: 'trigger', OBJECT_POLICY: 'policy' },
  ...{ OBJECT_TABCONSTRAINT: 'constraint', OBJECT_DOMCONSTRAINT: 'constraint' },
};
