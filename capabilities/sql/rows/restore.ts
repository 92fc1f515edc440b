import { quoteIdent } from '../../../sql/quote';
import type { Attached } from '../catalogue/attached';
import type { IncomingKey } from '../catalogue/foreign-keys';
import type { Trigger } from '../catalogue/triggers';
import { withoutTriggers } from '../catalogue/triggers';
import { refuse, run, runs, type UndoStep } from '../plan';
import { XMIN } from './loads';
import { allKept, HASH, keyColumn, mapRows, MADE, ROW, type Match } from './identity';
import { writable, type Keep } from './keep';

export interface Restore extends Keep {
  name: string;
  map: string;
  kind: 'insert' | 'update' | 'delete';
  /** INSERT … ON CONFLICT DO UPDATE: rows may have been made or changed. */
  both: boolean;
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
  const { table, before, map, kind, both, name } = restore;
  const match: Match = restore;
  const makes = kind === 'insert';
  const changes = kind === 'update' || both;
  const guard = withoutTriggers(table, restore.triggers);
  const steps: UndoStep[] = [run(`lock table only ${table} in share row exclusive mode`)];
  if (kind !== 'delete') {
    steps.push(
      mapRows(match),
      allKept(
        match,
        `{n} rows of ${name} that it left were changed or deleted since`,
        ` where ${HASH} is not null`,
      ),
    );
  }
  if (makes) steps.push(...restore.incoming.flatMap((key) => referred(restore, key)));
  if (kind === 'delete' && restore.key) steps.push(keysFree(restore, restore.key));
  steps.push(...runs(restore.unvalidated.map((each) => each.drop)), ...runs(guard.before));
  if (makes) steps.push(run(deleteMapped(restore, MADE), 'deleted'));
  if (changes)
    steps.push(
      ...(restore.takesKeys && restore.incoming.length === 0 ? swapRows(restore) : updateRows(restore)),
    );
  if (kind === 'delete') steps.push(insertRows(restore, `kept.${HASH} is null`, 'inserted'));
  if (restore.deferrable) steps.push(run('set constraints all immediate'));
  steps.push(...runs(guard.after), ...runs(restore.unvalidated.flatMap((each) => each.create)));
  if (kind !== 'delete') steps.push(run(`drop table ${map}`));
  return [...steps, run(`drop table ${before}`)];
}

function deleteMapped({ table, before, map }: Restore, which?: string): string {
  const only = which === undefined ? '' : ` and kept.${which}`;
  return `delete from only ${table} ${ROW} using ${map} map, ${before} kept
 where ${ROW}.ctid = map."row" and kept.ctid = map."kept"${only}`;
}

function updateRows(restore: Restore): UndoStep[] {
  const { table, before, map, columns } = restore;
  // An identity that is always generated takes no value but DEFAULT, so it cannot have been given one.
  const values = writable(columns.filter((column) => column.identity !== 'a'));
  const set = values.map((column) => `${column} = kept.${column}`).join(', ');
  if (values.length === 0) return [];
  const sql = `update only ${table} ${ROW} set ${set} from ${map} map join ${before} kept on kept.ctid = map."kept"
 where ${ROW}.ctid = map."row" and not kept.${MADE} and {mine}`;
  return [byLoad(restore, sql, 'updated')];
}

/** Out and in again: a row cannot take a key that the next row still holds. */
function swapRows(restore: Restore): UndoStep[] {
  const out = run(`${deleteMapped(restore)} and not kept.${MADE}`);
  return [out, insertRows(restore, `not kept.${MADE}`, 'updated')];
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

function byLoad({ name, before }: Restore, sql: string, counts: 'inserted' | 'updated'): UndoStep {
  const written = `select distinct ${XMIN} as xid from ${before} where not ${MADE}`;
  return { do: 'by load', relation: name, sql, xmin: `kept.${XMIN}`, written, counts };
}

/** A foreign key that acts on delete would take others' rows along. */
function referred({ table, before, map, name }: Restore, key: IncomingKey): UndoStep[] {
  if (key.onDelete === 'a' || key.onDelete === 'r') return [];
  const same = key.columns.map(
    (column, index) => `child.${quoteIdent(column)} = ${ROW}.${quoteIdent(key.refers[index]!)}`,
  );
  const own = key.self ? ` and not exists (select from ${map} other where other."row" = child.ctid)` : '';
  return [
    refuse(
      `select count(*) as n from ${key.child} child join ${table} ${ROW} on ${same.join(' and ')}
  join ${map} map on map."row" = ${ROW}.ctid join ${before} kept on kept.ctid = map."kept" and kept.${MADE}${own}`,
      `{n} rows of ${key.childName} refer to rows that it put into ${name}`,
    ),
  ];
}

function keysFree({ table, before, name }: Restore, key: readonly string[]): UndoStep {
  const same = key.map((column) => `${ROW}.${quoteIdent(column)} = kept.${quoteIdent(column)}`).join(' and ');
  return refuse(
    `select count(*) as n from only ${table} ${ROW} join ${before} kept on ${same} where kept.${HASH} is null`,
    `{n} rows were put into ${name} since under the keys of rows that it deleted`,
  );
}

/** For people: the columns by which rows are found again. */
export function howFound(key: readonly string[] | undefined): string {
  return key
    ? `by ${key.map(quoteIdent).join(', ')} (kept as ${key.map((_, index) => keyColumn(index)).join(', ')})`
    : 'by their whole content';
}
