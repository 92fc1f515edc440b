import type { RelationName } from '../../../schemas/change';
import { quoteIdent } from '../../../sql/quote';
import type { Attached } from '../catalogue/attached';
import type { IncomingKey } from '../catalogue/foreign-keys';
import type { Trigger } from '../catalogue/triggers';
import { withoutTriggers } from '../catalogue/triggers';
import { refuse, run, runs, type UndoStep } from '../plan';
import { XMIN } from './loads';
import { allKept, from, HASH, keyColumn, mapped, mapRows, MADE, ROW } from './identity';
import { writable, type Keep } from './keep';

export interface Restore extends Keep {
  name: string;
  kin: readonly RelationName[];
  map: string;
  /** What the statement may have done to rows. */
  makes: boolean;
  changes: boolean;
  deletes: boolean;
  /** A unique column is written: rows must give up their values before any gets its old one back. */
  takesKeys: boolean;
  deferrable: boolean;
  triggers: readonly Trigger[];
  incoming: readonly IncomingKey[];
  /** Lifted while rows are written back. */
  unvalidated: readonly Attached[];
}

/** The undo of {@link keepRows}: every row it touched is as before, or nothing is and the reason is given. */
export function restoreRows(restore: Restore): UndoStep[] {
  const { before, map, makes, changes, deletes, name } = restore;
  const guard = withoutTriggers(restore.triggers);
  const leaves = makes || changes;
  const swaps = changes && restore.takesKeys && restore.incoming.length === 0;
  const steps: UndoStep[] = [run(`lock table ${from(restore)} in share row exclusive mode`)];
  if (leaves) {
    const because = `{n} rows of ${name} that it left were changed or deleted since`;
    steps.push(mapRows(restore), allKept(restore, because, ` where ${HASH} is not null`));
  }
  if (makes) steps.push(...restore.incoming.flatMap((key) => referred(restore, key)));
  if (changes && restore.takesKeys) steps.push(...restore.incoming.flatMap((key) => followed(restore, key)));
  steps.push(...runs(restore.unvalidated.map((each) => each.drop)), ...runs(guard.before));
  if (makes) steps.push(run(deleteMapped(restore, MADE), 'deleted'));
  // Out and in again: a row cannot take a key that the next row still holds.
  if (swaps) steps.push(run(`${deleteMapped(restore)} and not kept.${MADE}`));
  if (deletes && restore.key) steps.push(keysFree(restore, restore.key));
  if (swaps) steps.push(insertRows(restore, `not kept.${MADE} and kept.${HASH} is not null`, 'updated'));
  else if (changes) steps.push(...updateRows(restore));
  if (deletes) steps.push(insertRows(restore, `kept.${HASH} is null`, 'inserted'));
  if (restore.deferrable) steps.push(run('set constraints all immediate'));
  steps.push(...runs(guard.after), ...runs(restore.unvalidated.flatMap((each) => each.create)));
  if (leaves) steps.push(run(`drop table ${map}`));
  return [...steps, run(`drop table ${before}`)];
}

function deleteMapped(restore: Restore, which?: string): string {
  const { before, map } = restore;
  const only = which === undefined ? '' : ` and kept.${which}`;
  return `delete from ${from(restore)} ${ROW} using ${map} map, ${before} kept
 where ${mapped(restore)} and kept.ctid = map."kept"${only}`;
}

function updateRows(restore: Restore): UndoStep[] {
  const { before, map, columns } = restore;
  // An identity that is always generated takes no value but DEFAULT, so it cannot have been given one.
  const values = writable(columns.filter((column) => column.identity !== 'a'));
  const set = values.map((column) => `${column} = kept.${column}`).join(', ');
  if (values.length === 0) return [];
  const sql = `update ${from(restore)} ${ROW} set ${set} from ${map} map join ${before} kept on kept.ctid = map."kept"
 where ${mapped(restore)} and not kept.${MADE} and {mine}`;
  return [byLoad(restore, sql, 'updated')];
}

function insertRows(restore: Restore, which: string, counts: 'inserted' | 'updated'): UndoStep {
  const { table, before, columns } = restore;
  const values = writable(columns);
  const where = `where ${which} and {mine}`;
  // A table without columns to write still has rows.
  if (values.length === 0)
    return byLoad(restore, `insert into ${table} select from ${before} kept ${where}`, counts);
  const list = values.map((column) => `kept.${column}`).join(', ');
  return byLoad(
    restore,
    `insert into ${table} (${values.join(', ')}) overriding system value
 select ${list} from ${before} kept ${where}`,
    counts,
  );
}

function byLoad({ name, kin, before }: Restore, sql: string, counts: 'inserted' | 'updated'): UndoStep {
  const written = `select distinct ${XMIN} as xid from ${before} where not ${MADE}`;
  return { do: 'by load', relation: name, kin, sql, xmin: `kept.${XMIN}`, written, counts };
}

/** A foreign key that acts on delete would take others' rows along. */
function referred(restore: Restore, key: IncomingKey): UndoStep[] {
  const { before, map, name } = restore;
  if (key.onDelete === 'a' || key.onDelete === 'r') return [];
  const same = key.columns.map(
    (column, index) => `child.${quoteIdent(column)} = ${ROW}.${quoteIdent(key.refers[index]!)}`,
  );
  const own = key.self
    ? ` and not exists (select from ${map} other where other."row" = child.ctid${restore.partitioned ? ' and other."part" = child.tableoid' : ''})`
    : '';
  return [
    refuse(
      `select count(*) as n from ${key.child} child join ${from(restore)} ${ROW} on ${same.join(' and ')}
  join ${map} map on ${mapped(restore)} join ${before} kept on kept.ctid = map."kept" and kept.${MADE}${own}`,
      `{n} rows of ${key.childName} refer to rows that it put into ${name}`,
    ),
  ];
}

/**
 * A foreign key of the table's own that acts on update would change rows that others have put into it. (What happens to
 * rows of other tables the engine sees.)
 */
function followed(restore: Restore, key: IncomingKey): UndoStep[] {
  const { before, map, name } = restore;
  if (!key.self || key.onUpdate === 'a' || key.onUpdate === 'r') return [];
  const refers = key.refers.map(quoteIdent);
  const same = key.columns.map((column, index) => `child.${quoteIdent(column)} = ${ROW}.${refers[index]!}`);
  const kept = writable(restore.columns);
  const differ = refers.every((column) => kept.includes(column))
    ? ` and (${refers.map((column) => `kept.${column} is distinct from ${ROW}.${column}`).join(' or ')})`
    : '';
  const part = restore.partitioned ? ' and other."part" = child.tableoid' : '';
  return [
    refuse(
      `select count(*) as n from ${key.child} child join ${from(restore)} ${ROW} on ${same.join(' and ')}
  join ${map} map on ${mapped(restore)} join ${before} kept on kept.ctid = map."kept" and not kept.${MADE}${differ}
 where not exists (select from ${map} other where other."row" = child.ctid${part})`,
      `{n} rows of ${name} refer, by the foreign key ${key.name}, to keys that it gave`,
    ),
  ];
}

function keysFree(restore: Restore, key: readonly string[]): UndoStep {
  const { before, name } = restore;
  const same = key.map((column) => `${ROW}.${quoteIdent(column)} = kept.${quoteIdent(column)}`).join(' and ');
  return refuse(
    `select count(*) as n from ${from(restore)} ${ROW} join ${before} kept on ${same} where kept.${HASH} is null`,
    `{n} rows were put into ${name} since under the keys of rows that it deleted`,
  );
}

/** For people: the columns by which rows are found again. */
export function howFound(key: readonly string[] | undefined): string {
  return key
    ? `by ${key.map(quoteIdent).join(', ')} (kept as ${key.map((_, index) => keyColumn(index)).join(', ')})`
    : 'by their whole content';
}
