import { fromParents } from '../catalogue/foreign-keys';
import type { ActionOf } from '../action';
import type { Relation } from '../catalogue/relation';
import { ownedSequences, type OwnedSequence } from '../catalogue/sequences';
import type { Counted, Plan, Planning } from '../plan';
import { keepAll } from '../rows/keep';
import { restoreRows, type Restore } from '../rows/restore';
import { countRows, keptRows, moved, positions, restoreOf } from './rows';
import { mismatch, needTable } from './target';

interface Emptied {
  table: Relation;
  restore: Restore;
  suffix: string;
}

/** TRUNCATE runs as it is written; before it, all rows are kept, and the undo puts them back as that of a DELETE does. */
export async function planTruncate(action: ActionOf<'truncate'>, at: Planning): Promise<Plan> {
  const { session, applying } = at;
  const emptied: Emptied[] = [];
  for (const [index, name] of action.relations.entries()) {
    const follows = action.only.includes(name) ? 'follow' : 'refuse';
    const table = await needTable(session, action, name, follows);
    const suffix = action.relations.length > 1 ? `_${index + 1}` : '';
    const doing = { makes: false, changes: false, deletes: true, takesKeys: false };
    emptied.push({ table, suffix, restore: await restoreOf(table, at, doing, suffix) });
  }
  refuseReferred(action, emptied);
  const ordered = await fromParents(session, emptied, ({ table }) => table.oid);
  if (!ordered) {
    throw mismatch(
      action,
      `Foreign keys of ${action.relations.join(', ')} refer to each other in a circle: their rows could not be put back one table after the other.`,
      'Drop one of the foreign keys first, in the same step, and add it again after it.',
    );
  }
  const sequences: OwnedSequence[] = [];
  for (const { table } of emptied) sequences.push(...(await ownedSequences(session, table.oid)));
  const was = applying ? await positions(session, sequences) : [];
  return {
    acts: [...emptied.flatMap(({ restore }) => keepAll(restore)), action.text].map((sql) => ({ sql })),
    kept: emptied.map(({ table, restore, suffix }) => keptRows(table, at, restore, suffix)),
    count: async (after) => {
      const total: Counted = { deleted: 0 };
      for (const { restore } of emptied) total.deleted! += (await countRows(after, restore.before)).deleted;
      return total;
    },
    undo: async (after) => [
      ...ordered.flatMap(({ restore }) => restoreRows(restore)),
      ...(after ? moved(sequences, was, await positions(after, sequences)) : []),
    ],
    lossy: emptied.flatMap(({ table, restore }) =>
      restore.triggers
        .filter((trigger) => trigger.truncate && trigger.enabled !== 'D')
        .map(({ name }) => `what the trigger ${name} of ${table.name} does on TRUNCATE`),
    ),
  };
}

/** PostgreSQL refuses it whatever the rows are; CASCADE would empty the other tables, too. */
function refuseReferred(action: ActionOf<'truncate'>, emptied: readonly Emptied[]): void {
  for (const { table, restore } of emptied) {
    const others = restore.incoming.filter(
      ({ self, childName }) => !self && !action.relations.includes(childName),
    );
    if (others.length === 0) continue;
    const list = others.map(({ name, childName }) => `${name} of ${childName}`).join(', ');
    const tables = [...new Set([...action.relations, ...others.map(({ childName }) => childName)])];
    throw mismatch(
      action,
      `${table.name} cannot be truncated: foreign keys refer to it (${list}).`,
      `Empty those along with it (TRUNCATE ${tables.join(', ')}), or write DELETE FROM ${table.name}.`,
    );
  }
}
