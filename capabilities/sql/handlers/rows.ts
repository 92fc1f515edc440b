import { quoteRelation } from '../../../sql/quote';
import { child, children, textOf } from '../../../sql/walk';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import { attachedTo, unvalidated } from '../catalogue/attached';
import { tableColumns } from '../catalogue/columns';
import { hasDeferrable, incomingKeys, type IncomingKey } from '../catalogue/foreign-keys';
import { rowKey, uniqueColumns } from '../catalogue/key';
import { ownedSequences, sequenceName, sharedSequences, type OwnedSequence } from '../catalogue/sequences';
import { tableTriggers } from '../catalogue/triggers';
import type { Plan, Planning, Position, UndoStep, Watch } from '../plan';
import { HASH, MADE } from '../rows/identity';
import { keepRows } from '../rows/keep';
import { restoreRows, type Restore } from '../rows/restore';
import { mismatch, needTable } from './target';

type RowsAction = ActionOf<'insert' | 'update' | 'delete'>;

/** INSERT, UPDATE and DELETE: the rows they touch are kept, and come back only where nobody touched them since. */
export async function planRows(action: RowsAction, at: Planning): Promise<Plan> {
  const { session, aside, ordinal, applying } = at;
  const { kind, relation } = action;
  const found = await needTable(session, action, relation);
  if (found.hasRules)
    throw mismatch(action, `${relation} has rules, which rewrite what is asked of it.`, 'Change it by hand.');
  const incoming = await incomingKeys(session, found.oid);
  const written = writtenColumns(action);
  const unique = await uniqueColumns(session, found.oid);
  const sequences = await ownedSequences(session, found.oid);
  const was = applying ? await positions(session, sequences) : [];
  const columns = await tableColumns(session, found.oid);
  const triggers = await tableTriggers(session, found.oid);
  const restore: Restore = {
    ...{ name: relation, table: quoteRelation(relation), kind, columns, triggers, incoming },
    before: aside.name('before', ordinal).quoted,
    map: aside.name('map', ordinal).quoted,
    key: await rowKey(session, found.oid),
    both: child(action.node, 'onConflictClause')?.['action'] === 'ONCONFLICT_UPDATE',
    takesKeys: [...written].some((name) => unique.has(name)),
    unvalidated: unvalidated(await attachedTo(session, found.oid)),
    deferrable: await hasDeferrable(session, found.oid),
  };
  const firing = triggers.filter(
    (trigger) => trigger.enabled !== 'D' && (trigger[kind] || (restore.both && trigger.update)),
  );
  const shared = kind === 'delete' ? [] : await sharedSequences(session, found.oid);
  return {
    acts: keepRows(restore, action.text),
    watch: watches(action, restore, written),
    keeps: restore.before,
    kept: [{ name: aside.name('before', ordinal).bare, relation, key: restore.key, form: 'rows' }],
    count: (after) => countRows(after, restore.before),
    undo: async (after) => [
      ...restoreRows(restore),
      ...(after ? moved(sequences, was, await positions(after, sequences)) : []),
    ],
    lossy: [
      ...firing.map(
        ({ name }) => `what the trigger ${name} of ${relation} does to anything but the rows written`,
      ),
      ...shared.map((name) => `numbers drawn from the sequence ${name}, which ${relation} shares`),
    ],
  };
}

function writtenColumns(action: RowsAction): Set<string> {
  const list = action.kind === 'insert' ? child(action.node, 'onConflictClause') : action.node;
  return new Set(
    children(list, 'targetList').map((target) => textOf(child(target, 'ResTarget'), 'name') ?? ''),
  );
}

/**
 * Foreign keys that act on other rows: those are not kept. So the statement may run only if none has anything to do,
 * which is measured: the rows of the other table, and how many of them this transaction has written.
 */
function watches(action: RowsAction, restore: Restore, written: ReadonlySet<string>): Watch[] {
  const acts = (key: IncomingKey): boolean => {
    const onDelete = action.kind === 'delete' && !'ar'.includes(key.onDelete);
    return onDelete || (!'ar'.includes(key.onUpdate) && key.refers.some((column) => written.has(column)));
  };
  return restore.incoming.filter(acts).map((key) => {
    const { child: table, self, name, childName } = key;
    const because = `the foreign key ${name} of ${childName} would change rows of ${childName} along with it: change those first, by a statement of their own`;
    if (!self)
      return {
        sql: `select concat(count(*), '/', count(*) filter (where ${OWN})) as state from only ${table}`,
        because,
      };
    // Rows of its own table that the statement names are in the table aside; what is missing beyond them was taken along.
    const sql = `select concat(count(*) + (select count(*) from ${restore.before} where ${HASH} is null), '/',
  count(*) filter (where ${OWN}) - (select count(*) from ${restore.before} where ${HASH} is not null)) as state from only ${table}`;
    return { sql, because };
  });
}

/** Rows that this transaction wrote. */
const OWN = `xmin = pg_current_xact_id()::xid`;

async function countRows(
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

async function positions(session: ReadSession, sequences: readonly OwnedSequence[]): Promise<Position[]> {
  const found: Position[] = [];
  for (const sequence of sequences) {
    const [row] = await session.query<Position>(
      `select last_value::text as last, is_called as called from ${sequenceName(sequence)}`,
    );
    found.push(row!);
  }
  return found;
}

function moved(
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
