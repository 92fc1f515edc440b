import type { RelationName, Risk } from '../../../schemas/change';
import { relationName } from '../../../sql/relations';
import { child, children, type Tree } from '../../../sql/walk';
import { targetsOf, type Action, type ActionKind, type ActionOf } from '../action';
import type { DefineAction } from '../define/action';

/** By kind: how much a reader could notice, what its lock does to others, what undo does; in plain words. */
interface Kind {
  risk: Risk;
  locks: string;
  undo: string;
}

const MOMENT = 'readers and writers wait for a moment';
const CHECKED = 'readers and writers wait while every row is checked';
const WRITERS = 'other writers wait until the step is done, readers go on';

const KINDS: Record<Exclude<ActionKind, DefineAction['kind']>, Kind> = {
  'create schema': { risk: 'additive', locks: '', undo: 'drops the schema, if it is empty' },
  'drop schema': {
    risk: 'destructive',
    locks: '',
    undo: 'makes the schema again, with owner, rights and comment',
  },
  'rename schema': { risk: 'rewriting', locks: '', undo: 'gives it its old name' },
  'create table': { risk: 'additive', locks: '', undo: 'drops the table, if nobody has written to it' },
  'drop table': {
    risk: 'destructive',
    locks: MOMENT,
    undo: 'takes the table, with all its rows, out of the trash',
  },
  'rename relation': { risk: 'rewriting', locks: MOMENT, undo: 'gives it its old name' },
  'rename column': { risk: 'rewriting', locks: MOMENT, undo: 'gives it its old name' },
  'rename constraint': { risk: 'rewriting', locks: MOMENT, undo: 'gives it its old name' },
  'add column': {
    risk: 'additive',
    locks: MOMENT,
    undo: 'drops the column, if nobody has written values into it',
  },
  'drop column': {
    risk: 'destructive',
    locks: 'readers and writers wait while its values are kept aside',
    undo: 'makes the column again at its place, with its values and all that hung on it',
  },
  'alter type': {
    risk: 'rewriting',
    locks: 'readers and writers wait while every row is rewritten',
    undo: 'gives it its old type and the values kept aside',
  },
  'set default': { risk: 'additive', locks: MOMENT, undo: 'sets the default that there was' },
  'set not null': { risk: 'rewriting', locks: CHECKED, undo: 'drops NOT NULL' },
  'drop not null': {
    risk: 'additive',
    locks: MOMENT,
    undo: 'sets NOT NULL again under its name, if no row holds NULL',
  },
  'add constraint': { risk: 'rewriting', locks: CHECKED, undo: 'drops the constraint' },
  'drop constraint': {
    risk: 'rewriting',
    locks: MOMENT,
    undo: 'adds the constraint again, if every row still meets it',
  },
  'attach partition': {
    risk: 'rewriting',
    locks: 'writers wait while every row of the partition is checked',
    undo: 'detaches it again, if nobody has written to it',
  },
  'detach partition': { risk: 'rewriting', locks: MOMENT, undo: 'attaches it again with its bounds' },
  'create index': {
    risk: 'additive',
    locks: 'writers wait while the index is built, readers go on',
    undo: 'drops the index',
  },
  'drop index': { risk: 'rewriting', locks: MOMENT, undo: 'builds the index again' },
  'create view': { risk: 'additive', locks: '', undo: 'drops the view, or puts back the definition it had' },
  'drop view': {
    risk: 'destructive',
    locks: MOMENT,
    undo: 'makes the view again, with owner, rights and comments',
  },
  insert: { risk: 'additive', locks: WRITERS, undo: 'deletes the rows it made, if nobody has changed them' },
  update: {
    risk: 'rewriting',
    locks: WRITERS,
    undo: 'puts back the rows as they were, if nobody has changed them since',
  },
  delete: { risk: 'destructive', locks: WRITERS, undo: 'puts the rows back' },
  merge: {
    risk: 'rewriting',
    locks: WRITERS,
    undo: 'puts back the rows as they were, if nobody has changed them since',
  },
  truncate: {
    risk: 'destructive',
    locks: 'readers and writers wait while the rows are kept aside',
    undo: 'puts the rows back',
  },
};

const deletesRows = (merge: Tree): boolean =>
  children(merge, 'mergeWhenClauses').some(
    (each) => child(each, 'MergeWhenClause')?.['commandType'] === 'CMD_DELETE',
  );
/** Of actions on objects, what they say of themselves. */
function kindOf(action: Action): Kind {
  switch (action.kind) {
    case 'alter object':
      return action;
    case 'create object':
      return action.replace || action.warning !== undefined
        ? { risk: 'rewriting', locks: '', undo: 'drops it, or puts back the definition it had' }
        : { risk: 'additive', locks: '', undo: 'drops it, if nothing uses it' };
    case 'drop object':
      return {
        ...{ risk: 'destructive', locks: '' },
        undo: 'makes it again from its definition, with owner, rights and comments',
      };
    case 'rename object':
      return { risk: 'rewriting', locks: MOMENT, undo: 'gives it its old name' };
    case 'refresh':
      return {
        risk: 'rewriting',
        locks: 'readers wait until it is filled',
        undo: 'nothing: it keeps its new rows',
      };
    case 'setting':
      return { risk: 'read', locks: '', undo: 'nothing: it ends with the transaction' };
    default:
      return KINDS[action.kind];
  }
}

export function riskOf(action: Action): Risk {
  if (action.kind === 'create view' && action.replace) return 'rewriting';
  if (action.kind === 'insert' && child(action.node, 'onConflictClause')?.['action'] === 'ONCONFLICT_UPDATE')
    return 'rewriting';
  if (action.kind === 'merge' && deletesRows(action.node)) return 'destructive';
  return kindOf(action).risk;
}

/** What the actions' locks do to others: `public.t: readers and writers wait for a moment`; empty where nobody waits. */
export function locksOf(actions: readonly Action[]): string {
  const waits = new Map<string, Set<string>>();
  for (const action of actions) {
    const entries: [RelationName, string][] =
      action.kind === 'add constraint'
        ? constraintLocks(action)
        : [[targetsOf(action)[0] ?? '', kindOf(action).locks]];
    for (const [on, locks] of entries)
      if (locks !== '') waits.set(on, (waits.get(on) ?? new Set()).add(locks));
  }
  return [...waits].map(([on, texts]) => `${on}: ${[...texts].join(', ')}`).join('; ');
}

/** A foreign key keeps writers of both tables waiting, but no reader; what is NOT VALID checks no row (sql-altertable.html). */
function constraintLocks({ constraint, relation }: ActionOf<'add constraint'>): [RelationName, string][] {
  const unchecked = constraint['skip_validation'] === true;
  if (constraint['contype'] !== 'CONSTR_FOREIGN') return [[relation, unchecked ? MOMENT : CHECKED]];
  const wait = unchecked
    ? 'other writers wait for a moment, readers go on'
    : 'other writers wait while every row is checked, readers go on';
  return [relation, relationName(child(constraint, 'pktable') ?? {})].map((on) => [on, wait]);
}

/** What undo does, for people. */
export const undoInWords = (action: Action): string => kindOf(action).undo;

/** The action in one line: `drop column b of public.t`. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case 'add column':
    case 'drop column':
    case 'set not null':
    case 'drop not null':
      return `${action.kind} ${action.column} of ${action.relation}`;
    case 'alter type':
      return `change the type of ${action.column} of ${action.relation}`;
    case 'set default':
      return `${action.drops ? 'drop' : 'set'} the default of ${action.column} of ${action.relation}`;
    case 'rename column':
      return `rename column ${action.column} of ${action.relation} to ${action.to}`;
    case 'rename constraint':
      return `rename constraint ${action.constraint} of ${action.relation} to ${action.to}`;
    case 'rename relation':
      return `rename ${action.what} ${action.relation} to ${action.to}`;
    case 'rename schema':
      return `rename schema ${action.schema} to ${action.to}`;
    case 'drop constraint':
      return `drop constraint ${action.constraint} of ${action.relation}`;
    case 'add constraint':
      return `add a constraint to ${action.relation}`;
    case 'create table':
      return `create table ${action.relation}`;
    case 'attach partition':
      return `attach the partition ${action.partition} to ${action.relation}`;
    case 'detach partition':
      return `detach the partition ${action.partition} from ${action.relation}`;
    case 'create schema':
    case 'drop schema':
      return `${action.kind} ${targetsOf(action)
        .map((name) => name.replace(/\.\*$/, ''))
        .join(', ')}`;
    case 'create index':
      return `create index ${action.index ?? ''} on ${action.relation}`.replace('  ', ' ');
    case 'create view':
      return `${action.replace ? 'replace' : 'create'} view ${action.relation}`;
    case 'insert':
      return `insert into ${action.relation}`;
    case 'delete':
      return `delete from ${action.relation}`;
    case 'merge':
      return `merge into ${action.relation}`;
    case 'update':
      return `update ${action.relation}`;
    case 'alter object':
    case 'create object':
    case 'drop object':
    case 'rename object':
    case 'refresh':
    case 'setting':
      return action.does;
    default:
      return `${action.kind} ${targetsOf(action).join(', ')}`;
  }
}
