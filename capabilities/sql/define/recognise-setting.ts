import { dottedName } from '../../../sql/relations';
import type { ParsedStatement } from '../../../sql/parse';
import { child, children, names, numberOf, textOf, type Tree } from '../../../sql/walk';
import type { Action } from '../action';
import { notAllowed, refuseForm } from '../refusals';

/**
 * What dumps and migrations begin with: settings of the session, which are Sluice's own business and left out where
 * they do not change what the statements after them mean; and `setval`. Throws `statement_refused` for any other.
 */
export function recogniseSetting(statement: ParsedStatement): Action {
  const { kind, node, text, place } = statement;
  if (kind === 'VariableSetStmt') {
    const values = children(node, 'args').map((each) => constant(child(each, 'A_Const') ?? {}));
    if (node['kind'] === 'VAR_SET_VALUE') return setting(statement, textOf(node, 'name') ?? '', values);
    throw notAllowed(statement);
  }
  const call = onlyCall(node);
  const args = children(call, 'args').map((each) => {
    const cast = child(each, 'TypeCast');
    return constant(child(child(cast, 'arg') ?? each, 'A_Const') ?? {});
  });
  const called = names(children(call, 'funcname')).at(-1);
  if (called === 'set_config' && args.every((each) => each !== undefined))
    return setting(statement, args[0] ?? '', args[1] === undefined ? [] : [args[1]]);
  if (called !== 'setval' || args[0] === undefined || args.slice(1).includes(undefined))
    throw notAllowed(statement);
  const relation = regclass(args[0]);
  if (relation === undefined) throw notAllowed(statement);
  return {
    ...{ node, text, place, statement, kind: 'alter object', objects: [{ of: 'relation', name: relation }] },
    ...{ about: ['position'], risk: 'rewriting', locks: '', optional: false, anyTable: true },
    does: `set the position of sequence ${relation}`,
    undo: 'puts the sequence back to where it stood, if nobody drew from it since',
  };
}

/** The one function call that a SELECT without anything else consists of. */
function onlyCall(select: Tree): Tree | undefined {
  const plain = [
    'fromClause',
    'whereClause',
    'groupClause',
    'withClause',
    'valuesLists',
    'sortClause',
    'intoClause',
  ];
  const list = children(select, 'targetList');
  if (list.length !== 1 || plain.some((key) => select[key] !== undefined)) return undefined;
  return child(child(child(list[0], 'ResTarget'), 'val'), 'FuncCall');
}

function constant(node: Tree): string | undefined {
  const text = child(node, 'sval');
  if (text) return textOf(text, 'sval') ?? '';
  const integer = child(node, 'ival');
  if (integer) return String(numberOf(integer, 'ival') ?? 0);
  const float = child(node, 'fval');
  if (float) return textOf(float, 'fval');
  return child(node, 'boolval') ? String(child(node, 'boolval')!['boolval'] === true) : undefined;
}

/** A relation's name as `regclass` reads it. */
function regclass(text: string): string | undefined {
  const parts = text.match(/"(?:[^"]|"")+"|[^".]+/g) ?? [];
  if (parts.join('.') !== text || parts.length > 2) return undefined;
  return dottedName(
    parts.map((part) =>
      part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
    ),
  );
}

const ON = /^(on|true|yes|1)$/i;
const OFF = /^(off|false|no|0)$/i;

/** Settings of dumps, and the values under which the statements mean here what they mean there. */
const SAME: Record<string, RegExp> = {
  ...{
    statement_timeout: /^0$/,
    lock_timeout: /^0$/,
    idle_in_transaction_session_timeout: /^0$/,
    transaction_timeout: /^0$/,
  },
  client_encoding: /^utf-?8$/i,
  standard_conforming_strings: ON,
  row_security: OFF,
  search_path: /^$/,
  xmloption: /^content$/i,
  client_min_messages: /./,
  default_tablespace: /^$/,
  default_table_access_method: /^heap$/i,
  default_with_oids: OFF,
  escape_string_warning: /./,
  check_function_bodies: ON,
};

const INSTEAD: Record<string, string> = {
  search_path: 'Leave it out, and write every name with its schema.',
  role: 'Leave it out: the warehouse’s writer owns what is made.',
};

function setting(statement: ParsedStatement, name: string, values: readonly (string | undefined)[]): Action {
  const { node, text, place } = statement;
  const value = values.length === 1 ? values[0] : undefined;
  const written = { node, text, place, statement, kind: 'setting', does: `set ${name}` } as const;
  if (name === 'check_function_bodies' && value !== undefined && OFF.test(value))
    // A dump has functions before the tables that they name.
    return { ...written, why: '', local: 'set local check_function_bodies = off' };
  if (value !== undefined && SAME[name]?.test(value))
    return {
      ...written,
      why: `${name} is so in every session of Sluice, or does not matter to these statements`,
    };
  throw refuseForm(
    statement,
    `SET ${name} is refused: the settings of the session are part of what is approved.`,
    INSTEAD[name] ?? 'Leave it out.',
  );
}
