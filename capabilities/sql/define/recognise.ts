import { quoteLiteral, quoteRelation } from '../../../sql/quote';
import { dottedName, relationName } from '../../../sql/relations';
import type { ParsedStatement } from '../../../sql/parse';
import { child, children, names, tagged, textOf, type Tree } from '../../../sql/walk';
import { noCascade, ordinaryRelation, refuseForm } from '../refusals';
import type { Action, ActionOf } from '../action';
import { functionAddress, relationAddress, typeAddress, type Address } from './address';
import { MOMENT, PLAIN } from './action';
import { recogniseAccess } from './recognise-access';
import { recogniseComment } from './recognise-comment';
import { alterFunction, createFunction } from './recognise-function';
import { recogniseMove } from './recognise-move';
import { recogniseSetting } from './recognise-setting';

/** A statement whose undo follows from definitions; undefined for any other. Throws `statement_refused` for a form of it. */
export function recogniseDefinition(statement: ParsedStatement): Action | undefined {
  const { kind, node, text, place } = statement;
  const written = { node, text, place, statement };
  switch (kind) {
    case 'CommentStmt':
      return recogniseComment(statement);
    case 'GrantStmt':
    case 'AlterOwnerStmt':
      return recogniseAccess(statement);
    case 'RenameStmt':
    case 'AlterObjectSchemaStmt':
      return recogniseMove(statement);
    case 'VariableSetStmt':
    case 'SelectStmt':
      return recogniseSetting(statement);
    case 'CreateFunctionStmt':
      return createFunction(statement);
    case 'CreateSeqStmt':
      ordinaryRelation(statement, child(node, 'sequence'), node);
      return create(statement, relationAddress(child(node, 'sequence')!));
    case 'CreateEnumStmt':
    case 'CreateRangeStmt':
      return create(statement, typeAddress(children(node, 'typeName')));
    case 'CompositeTypeStmt':
      return create(statement, { of: 'type', name: relationName(child(node, 'typevar')!) });
    case 'CreateDomainStmt':
      return create(statement, typeAddress(children(node, 'domainname')));
    case 'CreateExtensionStmt':
      return createExtension(statement);
    case 'CreateTableAsStmt':
      return createMaterialisedView(statement);
    case 'DropStmt':
      return drop(statement);
    case 'AlterSeqStmt':
      return {
        ...written,
        ...PLAIN,
        kind: 'alter object',
        objects: [relationAddress(child(node, 'sequence')!)],
        does: `alter sequence ${relationName(child(node, 'sequence')!)}`,
        about: ['numbers', 'owned by'],
        undo: 'gives the sequence its old numbers and position back, if nobody drew from it since',
        optional: node['missing_ok'] === true,
      };
    case 'AlterFunctionStmt':
      return alterFunction(statement);
    case 'AlterEnumStmt':
      return alterEnum(statement);
    case 'AlterDomainStmt':
      return alterDomain(statement);
    case 'CreateTrigStmt':
    case 'CreatePolicyStmt':
    case 'AlterPolicyStmt':
      return part(statement);
    case 'RefreshMatViewStmt': {
      const relation = relationName(child(node, 'relation')!);
      return { ...written, kind: 'refresh', relation, does: `refresh materialized view ${relation}` };
    }
    case 'VacuumStmt':
      return analyze(statement);
    default:
      return undefined;
  }
}

function create(statement: ParsedStatement, object: Address): ActionOf<'create object'> {
  const { node, text, place } = statement;
  const what = CREATED[statement.kind]!;
  return {
    ...{ node, text, place, statement, kind: 'create object', object, query: false },
    does: `create ${what} ${object.name}`,
    replace: node['replace'] === true,
    optional: node['if_not_exists'] === true,
  };
}

const CREATED: Record<string, string> = {
  ...{
    CreateSeqStmt: 'sequence',
    CreateEnumStmt: 'type',
    CreateRangeStmt: 'type',
    CompositeTypeStmt: 'type',
  },
  ...{ CreateDomainStmt: 'domain', CreateExtensionStmt: 'extension', CreateTableAsStmt: 'materialized view' },
};

function createExtension(statement: ParsedStatement): Action {
  const { node } = statement;
  const cascades = children(node, 'options').some(
    (each) => child(each, 'DefElem')?.['defname'] === 'cascade',
  );
  if (cascades)
    throw refuseForm(
      statement,
      'CASCADE is refused: it creates what nobody named.',
      'Create each extension by name.',
    );
  return create(statement, { of: 'extension', name: textOf(node, 'extname') ?? '' });
}

function createMaterialisedView(statement: ParsedStatement): Action | undefined {
  const { node } = statement;
  if (node['objtype'] !== 'OBJECT_MATVIEW') return undefined;
  const into = child(node, 'into');
  ordinaryRelation(statement, child(into, 'rel'), into!);
  return { ...create(statement, relationAddress(child(into, 'rel')!)), query: true };
}

const DROPPED: Record<string, string> = {
  ...{
    OBJECT_SEQUENCE: 'sequence',
    OBJECT_MATVIEW: 'materialized view',
    OBJECT_TYPE: 'type',
    OBJECT_DOMAIN: 'domain',
  },
  ...{ OBJECT_FUNCTION: 'function', OBJECT_PROCEDURE: 'procedure', OBJECT_ROUTINE: 'routine' },
  OBJECT_EXTENSION: 'extension',
};

function drop(statement: ParsedStatement): Action | undefined {
  const { node, text, place } = statement;
  const type = textOf(node, 'removeType') ?? '';
  if (type === 'OBJECT_TRIGGER' || type === 'OBJECT_POLICY') return part(statement);
  const what = DROPPED[type];
  if (what === undefined) return undefined;
  noCascade(statement, node);
  const objects = children(node, 'objects').map((object): Address => {
    const [tag, below] = tagged(object);
    if (tag === 'ObjectWithArgs') return functionAddress(below);
    if (tag === 'TypeName') return typeAddress(children(below, 'names'));
    if (tag === 'String') return { of: 'extension', name: textOf(below, 'sval') ?? '' };
    return { of: 'relation', name: dottedName(names(children(below, 'items'))) };
  });
  return {
    ...{ node, text, place, statement, kind: 'drop object', objects, what },
    does: `drop ${what} ${objects.map(({ name }) => name).join(', ')}`,
    optional: node['missing_ok'] === true,
  };
}

/** A trigger or policy, which is a part of its table. */
function part(statement: ParsedStatement): Action {
  const { kind, node, text, place } = statement;
  const what = kind === 'CreateTrigStmt' || node['removeType'] === 'OBJECT_TRIGGER' ? 'trigger' : 'policy';
  const verb = kind === 'DropStmt' ? 'drop' : kind === 'AlterPolicyStmt' ? 'alter' : 'create';
  const parts = names(children(child(children(node, 'objects')[0], 'List'), 'items'));
  const rangeVar: Tree | undefined = child(node, 'relation') ?? child(node, 'table');
  const relation = rangeVar ? relationName(rangeVar) : dottedName(parts.slice(0, -1));
  const name = textOf(node, 'trigname') ?? textOf(node, 'policy_name') ?? parts.at(-1) ?? '';
  if (kind === 'DropStmt') noCascade(statement, node);
  return {
    ...{ node, text, place, statement, ...PLAIN, kind: 'alter object' },
    objects: [{ of: 'relation', name: relation }],
    does: `${verb} ${what} ${name} on ${relation}`,
    about: [`${what} ${name}`],
    ...(verb === 'create' || node['missing_ok'] === true ? {} : { part: { what, name } }),
    risk: 'rewriting',
    locks: MOMENT,
    undo: `drops the ${what} ${name} of ${relation}`,
    optional: node['missing_ok'] === true,
    ...(what === 'trigger' && verb === 'create'
      ? {
          warning: `From now on ${name} acts on what everybody writes to ${relation}, with the writer's own rights.`,
        }
      : what === 'policy'
        ? {
            warning: `Other rows of ${relation} than before may be seen or written, by those the policy is for.`,
          }
        : {}),
  };
}

function alterEnum(statement: ParsedStatement): Action {
  const { node, text, place } = statement;
  const object = typeAddress(children(node, 'typeName'));
  const [from, to] = [textOf(node, 'oldVal'), textOf(node, 'newVal') ?? ''];
  const written = { node, text, place, statement };
  if (from !== undefined) {
    return {
      ...written,
      ...{ kind: 'rename object', object, optional: false },
      does: `rename value ${from} of type ${object.name} to ${to}`,
      back: `alter type ${quoteRelation(object.name)} rename value ${quoteLiteral(to)} to ${quoteLiteral(from)}`,
    };
  }
  return {
    ...{ ...written, ...PLAIN, kind: 'alter object', objects: [object] },
    does: `add value ${to} to type ${object.name}`,
    about: [`value ${to}`],
    undo: `nothing: the value ${to} stays`,
    stays: {
      key: `value ${to}`,
      lossy: `the value ${to} of the type ${object.name} stays: PostgreSQL cannot take a value away`,
      optional: node['skipIfNewValExists'] === true,
    },
  };
}

function alterDomain(statement: ParsedStatement): Action {
  const { node, text, place } = statement;
  noCascade(statement, node);
  const object = typeAddress(children(node, 'typeName'));
  const subtype = textOf(node, 'subtype') ?? '';
  const constraint = textOf(node, 'name') ?? textOf(child(child(node, 'def'), 'Constraint'), 'conname') ?? '';
  return {
    ...{ node, text, place, statement, ...PLAIN, kind: 'alter object', objects: [object] },
    does: `alter domain ${object.name}`,
    about:
      subtype === 'T'
        ? ['default']
        : ['N', 'O'].includes(subtype)
          ? ['not null']
          : [`constraint ${constraint}`],
    risk: subtype === 'T' ? 'additive' : 'rewriting',
    locks: ['C', 'O', 'V'].includes(subtype) ? 'every row of the tables that use it is checked' : '',
    undo: 'gives the domain its old default and constraints',
  };
}

function analyze(statement: ParsedStatement): Action | undefined {
  const { node, text, place } = statement;
  if (node['is_vacuumcmd'] === true) return undefined;
  const relations = children(node, 'rels').map((each) =>
    relationName(child(child(each, 'VacuumRelation'), 'relation') ?? {}),
  );
  if (relations.length === 0)
    throw refuseForm(
      statement,
      'ANALYZE of everything is refused: it is not known of what.',
      'Name the tables.',
    );
  return {
    ...{ node, text, place, statement, ...PLAIN, kind: 'alter object' },
    objects: relations.map((name): Address => ({ of: 'relation', name })),
    does: `analyze ${relations.join(', ')}`,
    about: [],
    undo: 'nothing: it only counts, for better plans',
    anyTable: true,
  };
}
