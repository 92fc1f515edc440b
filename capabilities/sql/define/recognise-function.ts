import type { ParsedStatement } from '../../../sql/parse';
import { child, children, textOf, type Tree } from '../../../sql/walk';
import type { Action, ActionOf } from '../action';
import { refuseForm } from '../refusals';
import { functionAddress, newFunctionAddress, wordsFor } from './address';
import { PLAIN } from './action';

/**
 * What a function does is not looked into: it runs with the rights of those who call it, and before the gate only in a
 * rehearsal, whose role can reach nothing else.
 */
export function createFunction(statement: ParsedStatement): ActionOf<'create object'> {
  const { node, text, place } = statement;
  const options = children(node, 'options').map((each) => child(each, 'DefElem') ?? {});
  const option = (name: string): Tree | undefined => options.find((each) => each['defname'] === name);
  const language = textOf(child(child(option('language'), 'arg'), 'String'), 'sval') ?? 'sql';
  if (!/^(sql|plpgsql)$/i.test(language)) {
    throw refuseForm(
      statement,
      `A function in the language ${language} is refused: it can reach files, programs and the network.`,
      'Write it in sql or plpgsql, or let an administrator create it.',
    );
  }
  if (JSON.stringify(node).includes('"pct_type":true'))
    throw refuseForm(
      statement,
      '%TYPE is refused: it is not the type that is stored.',
      'Write the type itself.',
    );
  const object = newFunctionAddress(node);
  const what = node['is_procedure'] === true ? 'procedure' : 'function';
  return {
    ...{ node, text, place, statement, kind: 'create object', object, query: false, optional: false },
    does: `${node['replace'] === true ? 'create or replace' : 'create'} ${what} ${object.name}`,
    replace: node['replace'] === true,
    ...securityDefiner(options, object.name),
  };
}

function securityDefiner(options: readonly Tree[], name: string): { warning?: string } {
  const definer = options.some(
    (each) => each['defname'] === 'security' && child(child(each, 'arg'), 'Boolean')?.['boolval'] === true,
  );
  if (!definer) return {};
  const path = options.some(
    (each) => child(child(each, 'arg'), 'VariableSetStmt')?.['name'] === 'search_path',
  );
  const more = path
    ? ''
    : ' It sets no search_path, so a caller can decide which tables and functions its names mean.';
  return {
    warning: `${name} is SECURITY DEFINER: whoever may call it (by default everybody) acts with its owner's rights.${more}`,
  };
}

/** ALTER FUNCTION, PROCEDURE and ROUTINE. */
export function alterFunction(statement: ParsedStatement): Action {
  const { node, text, place } = statement;
  const address = functionAddress(child(node, 'func')!);
  const options = children(node, 'actions').map((each) => child(each, 'DefElem') ?? {});
  return {
    ...{ node, text, place, statement, ...PLAIN },
    kind: 'alter object',
    objects: [address],
    does: `alter ${wordsFor(address)}`,
    about: ['definition'],
    risk: 'rewriting',
    undo: 'gives the function its old definition',
    ...securityDefiner(options, address.name),
  };
}
