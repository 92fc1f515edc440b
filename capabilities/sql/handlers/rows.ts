import { quoteRelation } from '../../../sql/quote';
import { child, children, textOf } from '../../../sql/walk';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Kept } from '../../../warehouses/kept';
import type { Action } from '../action';
import { attachedTo, unvalidated } from '../catalogue/attached';
import { tableColumns } from '../catalogue/columns';
import { hasDeferrable, incomingKeys, type IncomingKey } from '../catalogue/foreign-keys';
import { rowKey, uniqueColumns } from '../catalogue/key';
import { membersOf, movesAcrossLayouts, type Relation } from '../catalogue/relation';
import { ownedSequences, sequenceName, type OwnedSequence } from '../catalogue/sequences';
import { tableTriggers } from '../catalogue/triggers';
import type { Plan, Planning, Position, UndoStep, Watch } from '../plan';
import { HASH, MADE } from '../rows/identity';
import { keepRows } from '../rows/keep';
import { keepRowsPlainly, type RowsAction } from '../rows/keep-plain';
import { restoreRows, type Restore } from '../rows/restore';
import { sideEffects } from './side-effects';
import { kinOf, recordedAs } from './stamped';
import { mismatch, needTable } from './target';

/** INSERT, UPDATE, DELETE and MERGE: the rows they touch are kept, and come back only where nobody touched them since. */
export async function planRows(action: RowsAction, at: Planning): Promise<Plan> {
  const { session, applying } = at;
  const { relation } = action;
  // A new row goes into the table itself, whatever inherits from it.
  const follows = action.only || action.kind === 'insert';
  const found = await needTable(session, action, relation, follows ? 'follow' : 'refuse');
  await refuseRules(session, action, found);
  const written = writtenColumns(action);
  const unique = await uniqueColumns(session, found.oid);
  const sequences = await ownedSequences(session, found.oid);
  const was = applying ? await positions(session, sequences) : [];
  const restore = await restoreOf(found, at, {
    ...doneBy(action),
    takesKeys: [...written].some((name) => unique.has(name)),
  });
  const moves = found.kind === 'p' && (await movesAcrossLayouts(session, found.oid, written));
  return {
    acts: at.plain ? await keepRowsPlainly(restore, action) : keepRows({ ...restore, moves }, action.text),
    watch: watches(restore, written),
    keeps: restore.before,
    kept: [keptRows(found, at, restore)],
    count: (after) => countRows(after, restore.before),
    undo: async (after) => [
      ...restoreRows(restore),
      ...(after ? moved(sequences, was, await positions(after, sequences)) : []),
    ],
    lossy: await lostBeside(session, action, found, restore),
  };
}

type Doing = Pick<Restore, 'makes' | 'changes' | 'deletes'>;

/** How rows of a table are kept and put back. `suffix` tells several tables of one statement apart. */
export async function restoreOf(
  found: Relation,
  { session, aside, ordinal }: Planning,
  doing: Doing & Pick<Restore, 'takesKeys'>,
  suffix = '',
): Promise<Restore> {
  return {
    ...{ name: found.name, table: quoteRelation(found.name), partitioned: found.kind === 'p' },
    kin: await kinOf(session, found),
    columns: await tableColumns(session, found.oid),
    triggers: await tableTriggers(session, found.oid),
    incoming: await incomingKeys(session, found.oid),
    before: aside.name('before', ordinal, suffix).quoted,
    map: aside.name('map', ordinal, suffix).quoted,
    key: await rowKey(session, found.oid),
    unvalidated: unvalidated(await attachedTo(session, found.oid)),
    deferrable: await hasDeferrable(session, found.oid),
    ...doing,
  };
}

/** For the record: the table aside of whole rows. */
export const keptRows = (
  found: Relation,
  { aside, ordinal }: Planning,
  { key }: Pick<Restore, 'key'>,
  suffix = '',
): Kept => ({
  ...{ name: aside.name('before', ordinal, suffix).bare, relation: recordedAs(found), form: 'rows' },
  ...(key && { key }),
});

/** What the statement does besides writing rows: through triggers, and by drawing numbers that others draw from, too. */
async function lostBeside(
  session: ReadSession,
  action: RowsAction,
  { oid }: Relation,
  { triggers, columns, makes, changes, deletes }: Restore,
): Promise<string[]> {
  const firing = triggers.filter(
    (trigger) =>
      trigger.enabled !== 'D' &&
      ((makes && trigger.insert) || (changes && trigger.update) || (deletes && trigger.delete)),
  );
  const members = (await membersOf(session, oid)).map((member) => member.oid);
  return sideEffects(session, action, [oid, ...members], { columns, firing, draws: makes || changes });
}

/** Rules rewrite the statement into others, whose rows are not kept. */
async function refuseRules(session: ReadSession, action: Action, { oid, name }: Relation): Promise<void> {
  const [row] = await session.query<{ table: string; rule: string }>(
    `select r.ev_class::regclass::text as table, r.rulename::text as rule from pg_rewrite r
      where r.ev_class = any($1::oid[]) and r.rulename <> '_RETURN' order by 1, 2 limit 1`,
    [(await membersOf(session, oid)).map((member) => member.oid)],
  );
  if (!row) return;
  throw mismatch(
    action,
    `The rule ${row.rule} of ${name} turns the statement into another, whose rows would not be kept.`,
    'Drop the rule, or make it a trigger, by hand.',
  );
}

function doneBy(action: RowsAction): Doing {
  const { kind, node } = action;
  const clauses = children(node, 'mergeWhenClauses').map((each) =>
    textOf(child(each, 'MergeWhenClause'), 'commandType'),
  );
  const upserts = child(node, 'onConflictClause')?.['action'] === 'ONCONFLICT_UPDATE';
  return {
    makes: kind === 'insert' || clauses.includes('CMD_INSERT'),
    changes: kind === 'update' || upserts || clauses.includes('CMD_UPDATE'),
    deletes: kind === 'delete' || clauses.includes('CMD_DELETE'),
  };
}

function writtenColumns({ kind, node }: RowsAction): Set<string> {
  const lists =
    kind === 'merge'
      ? children(node, 'mergeWhenClauses')
          .map((each) => child(each, 'MergeWhenClause') ?? {})
          .filter((clause) => clause['commandType'] === 'CMD_UPDATE')
      : [kind === 'insert' ? child(node, 'onConflictClause') : node];
  const targets = lists.flatMap((list) => children(list, 'targetList'));
  return new Set(targets.map((target) => textOf(child(target, 'ResTarget'), 'name') ?? ''));
}

/**
 * Foreign keys that act on other rows: those are not kept. So the statement may run only if none has anything to do,
 * which is measured: the rows of the other table, and how many of them this transaction has written.
 */
function watches(restore: Restore, written: ReadonlySet<string>): Watch[] {
  const acts = (key: IncomingKey): boolean => {
    const onDelete = restore.deletes && !'ar'.includes(key.onDelete);
    return onDelete || (!'ar'.includes(key.onUpdate) && key.refers.some((column) => written.has(column)));
  };
  return restore.incoming.filter(acts).map((key) => {
    const { self, name, childName } = key;
    const rows = key.partitioned ? key.child : `only ${key.child}`;
    const because = `the foreign key ${name} of ${childName} would change rows of ${childName} along with it: change those first, by a statement of their own`;
    if (!self)
      return {
        sql: `select concat(count(*), '/', count(*) filter (where ${OWN})) as state from ${rows}`,
        because,
      };
    // Rows of its own table that the statement names are in the table aside; what is missing beyond them was taken along.
    const sql = `select concat(count(*) + (select count(*) from ${restore.before} where ${HASH} is null) - (select count(*) from ${restore.before} where ${MADE}), '/',
  count(*) filter (where ${OWN}) - (select count(*) from ${restore.before} where ${HASH} is not null)) as state from ${rows}`;
    return { sql, because };
  });
}

/** Rows that this transaction wrote. */
const OWN = `xmin = pg_current_xact_id()::xid`;

export async function countRows(
  session: ReadSession,
  before: string,
): Promise<Record<'inserted' | 'updated' | 'deleted', number>> {
  const [row] = await session.query<{ inserted: string; updated: string; deleted: string }>(
    `select count(*) filter (where ${MADE}) as inserted,
       count(*) filter (where not ${MADE} and ${HASH} is not null) as updated,
       count(*) filter (where not ${MADE} and ${HASH} is null) as deleted from ${before}`,
  );
  return { inserted: Number(row!.inserted), updated: Number(row!.updated), deleted: Number(row!.deleted) };
}

export async function positions(
  session: ReadSession,
  sequences: readonly OwnedSequence[],
): Promise<Position[]> {
  const found: Position[] = [];
  for (const sequence of sequences) {
    const [row] = await session.query<Position>(
      `select last_value::text as last, is_called as called from ${sequenceName(sequence)}`,
    );
    found.push(row!);
  }
  return found;
}

export function moved(
  sequences: readonly OwnedSequence[],
  was: readonly Position[],
  left: readonly Position[],
): UndoStep[] {
  return sequences.flatMap((sequence, index): UndoStep[] => {
    const [from, to] = [was[index]!, left[index]!];
    if (from.last === to.last && from.called === to.called) return [];
    return [{ do: 'sequence', sequence: sequenceName(sequence), was: from, left: to }];
  });
}
