import { relationName } from '../../../sql/relations';
import type { ParsedStatement } from '../../../sql/parse';
import { child, children, tagged, textOf, type Tree } from '../../../sql/walk';
import type { Action, ActionOf } from '../action';
import { noCascade, notAllowed } from '../refusals';
import { functionAddress, typeAddress, wordsFor, type Address } from './address';

/** GRANT, REVOKE and the ALTER … OWNER TO that have a statement of their own. Throws `statement_refused`. */
export function recogniseAccess(statement: ParsedStatement): Action {
  return statement.kind === 'GrantStmt' ? grant(statement) : owner(statement);
}

const KINDS_OF: Record<string, readonly string[]> = {
  OBJECT_TABLE: ['r', 'p', 'v', 'm', 'f'],
  OBJECT_SEQUENCE: ['S'],
  ...{ OBJECT_FUNCTION: ['f', 'w'], OBJECT_PROCEDURE: ['p'], OBJECT_ROUTINE: ['f', 'w', 'p'] },
};

function grant(statement: ParsedStatement): ActionOf<'alter object'> {
  const { node, text, place } = statement;
  noCascade(statement, node);
  const type = textOf(node, 'objtype') ?? '';
  const everything = node['targtype'] === 'ACL_TARGET_ALL_IN_SCHEMA';
  const objects = children(node, 'objects').map((object): Address | undefined => {
    const [tag, below] = tagged(object);
    if (everything || type === 'OBJECT_SCHEMA') return { of: 'schema', name: textOf(below, 'sval') ?? '' };
    if (type === 'OBJECT_TABLE' || type === 'OBJECT_SEQUENCE')
      return { of: 'relation', name: relationName(below) };
    if (tag === 'ObjectWithArgs') return functionAddress(below);
    if (type === 'OBJECT_TYPE' || type === 'OBJECT_DOMAIN') return typeAddress(children(below, 'items'));
    return undefined;
  });
  if (objects.some((each) => each === undefined) || (everything && !KINDS_OF[type]))
    throw notAllowed(statement);
  const grants = node['is_grant'] === true;
  const known = objects as Address[];
  const to = children(node, 'grantees').map(
    (each) => roleName(child(each, 'RoleSpec') ?? {}) ?? 'the current user',
  );
  const rights = children(node, 'privileges').map(
    (each) => textOf(child(each, 'AccessPriv'), 'priv_name') ?? 'all',
  );
  const what = rights.length > 0 ? rights.join(', ') : 'all';
  const on = everything
    ? `every ${type.replace('OBJECT_', '').toLowerCase()} in ${known.map(({ name }) => name).join(', ')}`
    : known.map(wordsFor).join(', ');
  return {
    ...{ node, text, place, statement, kind: 'alter object', locks: '', optional: false, anyTable: true },
    objects: everything ? [] : known,
    ...(everything ? { allIn: { schemas: known.map(({ name }) => name), kinds: KINDS_OF[type]! } } : {}),
    does: `${grants ? 'grant' : 'revoke'} ${what} on ${on} ${grants ? 'to' : 'from'} ${to.join(', ')}`,
    about: ['right'],
    risk: 'rewriting',
    undo: grants ? 'revokes what was not granted before' : 'grants again what was revoked',
    warning: grants
      ? `${to.join(', ')} may ${what} on ${on}${node['grant_option'] === true ? ', and let others' : ''}.`
      : `${to.join(', ')} may no longer ${what} on ${on}: who relies on it will be refused.`,
  };
}

/** Undefined: CURRENT_USER, CURRENT_ROLE and SESSION_USER, who are the one that runs the statement. */
function roleName(spec: Tree): string | undefined {
  if (spec['roletype'] === 'ROLESPEC_PUBLIC') return 'everybody (PUBLIC)';
  return spec['roletype'] === 'ROLESPEC_CSTRING' ? textOf(spec, 'rolename') : undefined;
}

function owner(statement: ParsedStatement): Action {
  const { node } = statement;
  const [, object] = tagged(child(node, 'object') ?? {});
  const address = ((): Address | undefined => {
    switch (node['objectType']) {
      case 'OBJECT_FUNCTION':
      case 'OBJECT_PROCEDURE':
      case 'OBJECT_ROUTINE':
        return functionAddress(object);
      case 'OBJECT_TYPE':
      case 'OBJECT_DOMAIN':
        return typeAddress(children(object, 'items'));
      case 'OBJECT_SCHEMA':
        return { of: 'schema', name: textOf(object, 'sval') ?? '' };
      default:
        return undefined;
    }
  })();
  if (!address) throw notAllowed(statement);
  return changeOwner(statement, node, statement.text, address, child(node, 'newowner') ?? {});
}

/** Any ALTER … OWNER TO. `spec` is a RoleSpec. */
export function changeOwner(
  statement: ParsedStatement,
  node: Tree,
  text: string,
  address: Address,
  spec: Tree,
): ActionOf<'alter object'> {
  const role = roleName(spec);
  return {
    ...{
      node,
      text,
      place: statement.place,
      statement,
      kind: 'alter object',
      objects: [address],
      about: ['owner'],
    },
    ...{
      risk: 'rewriting',
      locks: '',
      optional: false,
      anyTable: true,
      undo: 'gives it back to its old owner',
    },
    does: `make ${role ?? 'the current user'} the owner of ${wordsFor(address)}`,
    owner: role === undefined ? {} : { role },
  };
}
