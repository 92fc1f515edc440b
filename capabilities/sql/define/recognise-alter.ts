import { relationName as nameOf, splitRelation } from '../../../sql/quote';
import { relationName } from '../../../sql/relations';
import type { ParsedStatement } from '../../../sql/parse';
import { child, numberOf, textOf, type Tree } from '../../../sql/walk';
import type { ActionOf } from '../action';
import { OR_SAY } from '../beyond';
import { refuseForm } from '../refusals';
import type { Address } from './address';
import { MOMENT } from './action';
import { changeOwner } from './recognise-access';

type Alter = ActionOf<'alter object'>;
type Rule = Pick<Alter, 'about' | 'undo'> &
  Partial<Pick<Alter, 'part' | 'risk' | 'locks' | 'anyTable' | 'warning'>> & { does: string };

const UNTIL_CHECKED = 'every row is checked, others go on';

/** What each action of ALTER TABLE (INDEX, VIEW, SEQUENCE, MATERIALIZED VIEW) changes. `name` is what it names. */
const RULES: Record<string, (name: string) => Rule> = {
  AT_SetStatistics: (name) => ({
    ...{ does: `set the statistics target of ${name}`, about: [`column ${name} statistics`] },
    undo: 'sets the target that there was',
    anyTable: true,
  }),
  AT_SetStorage: (name) => ({
    ...{ does: `set the storage of ${name}`, about: [`column ${name} storage`], locks: MOMENT },
    undo: 'sets the storage that there was',
  }),
  AT_SetCompression: (name) => ({
    ...{ does: `set the compression of ${name}`, about: [`column ${name} compression`], locks: MOMENT },
    undo: 'sets the compression that there was',
  }),
  ...both(['AT_SetOptions', 'AT_ResetOptions'], (name) => ({
    ...{
      does: `set options of ${name}`,
      about: [`column ${name} option`],
      undo: 'sets the options that there were',
    },
  })),
  ...both(['AT_SetRelOptions', 'AT_ResetRelOptions'], () => ({
    ...{ does: 'set storage parameters', about: ['option', 'toast option'] },
    undo: 'sets the parameters that there were',
    anyTable: true,
  })),
  AT_ClusterOn: (name) => ({
    ...{
      does: `cluster on ${name}`,
      about: ['clustered on'],
      part: { what: 'index', name },
      undo: 'marks the index that was marked before, or none',
    },
  }),
  AT_DropCluster: () => ({
    does: 'set without cluster',
    about: ['clustered on'],
    undo: 'nothing: none was marked',
  }),
  AT_ReplicaIdentity: () => ({
    ...{ does: 'set the replica identity', about: ['replica identity'], locks: MOMENT, risk: 'rewriting' },
    undo: 'sets the replica identity that there was',
  }),
  AT_SetLogged: () => ({
    ...{ does: 'set logged', about: ['unlogged'], risk: 'rewriting', undo: 'nothing: it is logged already' },
    locks: 'readers and writers wait while every row is rewritten',
  }),
  ...trigger('AT_EnableTrig', 'enable'),
  ...trigger('AT_DisableTrig', 'disable'),
  ...trigger('AT_EnableAlwaysTrig', 'enable always'),
  ...trigger('AT_EnableReplicaTrig', 'enable replica'),
  ...both(['AT_EnableTrigUser', 'AT_DisableTrigUser'], () => ({
    ...{ does: 'enable or disable its triggers', about: ['trigger'], locks: MOMENT, risk: 'rewriting' },
    undo: 'enables and disables them as they were',
  })),
  ...rowSecurity('AT_EnableRowSecurity', 'enable row level security', 'row security'),
  ...rowSecurity('AT_DisableRowSecurity', 'disable row level security', 'row security'),
  ...rowSecurity('AT_ForceRowSecurity', 'force row level security', 'forced row security'),
  ...rowSecurity('AT_NoForceRowSecurity', 'no force row level security', 'forced row security'),
  AT_ValidateConstraint: (name) => ({
    ...{ does: `validate constraint ${name}`, risk: 'rewriting', locks: UNTIL_CHECKED },
    part: { what: 'constraint', name },
    about: [`check ${name}`, `foreign key ${name}`, `not null ${name}`],
    undo: 'makes the constraint again as it was: not valid',
  }),
  AT_AlterConstraint: (name) => ({
    ...{
      does: `alter constraint ${name}`,
      about: [`foreign key ${name} deferrable`],
      risk: 'rewriting',
      locks: MOMENT,
    },
    part: { what: 'foreign key', name },
    undo: 'makes the constraint deferrable or not, as it was',
  }),
  AT_AddConstraint: (name) => ({
    ...{ does: `add constraint ${name} using an index`, about: [`index`], risk: 'rewriting', locks: MOMENT },
    undo: 'drops the constraint and builds the index again as it was',
  }),
  AT_AddIdentity: (name) => ({
    ...{ does: `make ${name} an identity column`, about: [`column ${name} identity`], locks: MOMENT },
    undo: `drops the identity of ${name}, and its sequence`,
  }),
  AT_SetIdentity: (name) => ({
    ...{
      does: `alter the identity of ${name}`,
      about: [`column ${name} identity`],
      locks: MOMENT,
      risk: 'rewriting',
    },
    undo: 'makes it generated as it was',
  }),
  AT_DropIdentity: (name) => ({
    ...{
      does: `drop the identity of ${name}`,
      about: [`column ${name} identity`],
      locks: MOMENT,
      risk: 'rewriting',
    },
    undo: 'makes it an identity column again, with its sequence where it stood',
  }),
};

function both(keys: readonly string[], rule: (name: string) => Rule): Record<string, (name: string) => Rule> {
  return Object.fromEntries(keys.map((key) => [key, rule]));
}

function trigger(key: string, does: string): Record<string, (name: string) => Rule> {
  return both([key], (name) => ({
    ...{
      does: `${does} trigger ${name}`,
      about: [`trigger ${name} state`],
      locks: MOMENT,
      risk: 'rewriting',
    },
    part: { what: 'trigger', name },
    undo: 'enables or disables it as it was',
  }));
}

function rowSecurity(key: string, does: string, facet: string): Record<string, (name: string) => Rule> {
  return both([key], () => ({
    ...{ does, about: [facet], locks: MOMENT, risk: 'rewriting', undo: 'switches it as it was' },
    warning: 'Other rows than before may be seen or written by those who do not own the table.',
  }));
}

const REFUSED: Record<string, [what: string, next: string]> = {
  AT_SetUnLogged: [
    'SET UNLOGGED is refused: after a crash the table would be empty.',
    `Leave it out. ${OR_SAY}`,
  ],
  ...Object.fromEntries(
    ['AT_EnableTrigAll', 'AT_DisableTrigAll'].map((key) => [
      key,
      [
        'ENABLE and DISABLE TRIGGER ALL are refused: they switch off foreign keys, and what is written meanwhile stays unchecked.',
        'Write DISABLE TRIGGER USER, or name the triggers.',
      ] as [string, string],
    ]),
  ),
};

/** One action of ALTER TABLE and its like; undefined for what has a handler of its own, or none. */
export function recogniseAlterPart(
  statement: ParsedStatement,
  command: Tree,
  text: string,
): Alter | undefined {
  const { node, place } = statement;
  const subtype = textOf(command, 'subtype') ?? '';
  const type = textOf(node, 'objtype');
  const relation = relationName(child(node, 'relation')!);
  if (type === 'OBJECT_TYPE') return attribute(statement, command, text, { of: 'type', name: relation });
  const object: Address = { of: 'relation', name: relation };
  const refused = REFUSED[subtype];
  if (refused) throw refuseForm(statement, ...refused);
  const optional = node['missing_ok'] === true;
  if (subtype === 'AT_ChangeOwner')
    return { ...changeOwner(statement, command, text, object, child(command, 'newowner') ?? {}), optional };
  const constraint = child(child(command, 'def'), 'Constraint');
  if (subtype === 'AT_AddConstraint' && constraint?.['indexname'] === undefined) return undefined;
  const altered = textOf(child(child(command, 'def'), 'ATAlterConstraint'), 'conname');
  const rule = RULES[subtype]?.(
    altered ??
      textOf(command, 'name') ??
      textOf(constraint, 'conname') ??
      textOf(constraint, 'indexname') ??
      String(numberOf(command, 'num') ?? ''),
  );
  if (!rule) return undefined;
  if (type === 'OBJECT_VIEW' && subtype !== 'AT_SetRelOptions' && subtype !== 'AT_ResetRelOptions')
    return undefined;
  // The index takes the constraint's name.
  const index = textOf(constraint, 'indexname');
  const gone = index === undefined ? {} : { gone: [nameOf(splitRelation(relation).schema, index)] };
  return {
    ...{ node: command, text, place, statement, kind: 'alter object', objects: [object], optional, ...gone },
    ...{ risk: type === 'OBJECT_VIEW' ? 'rewriting' : 'additive', locks: '', anyTable: false },
    ...rule,
    does: `${rule.does} (${relation})`,
  };
}

/** ADD ATTRIBUTE of a composite type; the others cannot be taken back. */
function attribute(statement: ParsedStatement, command: Tree, text: string, object: Address): Alter {
  const name = textOf(child(child(command, 'def'), 'ColumnDef'), 'colname');
  if (command['subtype'] !== 'AT_AddColumn' || name === undefined)
    throw refuseForm(
      statement,
      'Dropping or changing an attribute of a type cannot be taken back: it would come back in another place.',
      `Make a type of another name. ${OR_SAY}`,
    );
  return {
    ...{ node: command, text, place: statement.place, statement, kind: 'alter object', objects: [object] },
    ...{ risk: 'additive', locks: '', optional: false, anyTable: false },
    ...{ does: `add attribute ${name} to type ${object.name}`, about: [`attribute ${name}`] },
    undo: `drops the attribute ${name}`,
  };
}
