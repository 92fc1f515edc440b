import { quoteIdent } from '../../../sql/quote';
import type { Column } from '../catalogue/columns';
import type { Act } from '../plan';
import { secure } from '../../../warehouses/ledger.sql';
import { XMIN } from './loads';
import { from, HASH, hashOf, keyColumn, MADE, ROW, type Rows } from './identity';

/** Columns whose values are stored because somebody wrote them: what is kept and put back. */
export const writable = (columns: readonly Column[]): string[] =>
  columns.filter((column) => column.generated === '').map((column) => quoteIdent(column.name));

export interface Keep extends Rows {
  before: string;
  key: readonly string[] | undefined;
  columns: readonly Column[];
  /** A row may move to a partition whose columns stand in another order: OLD then has no system columns but its place. */
  moves?: boolean;
}

/** Keeps every row of a table that is emptied, in the shape of {@link keepRows}. */
export function keepAll(keep: Keep): string[] {
  const { before, key = [], columns } = keep;
  const kept = [
    ...writable(columns),
    `xmin as ${XMIN}`,
    `false as ${MADE}`,
    ...key.map((name, index) => `${quoteIdent(name)} as ${keyColumn(index)}`),
    `null::bytea as ${HASH}`,
  ];
  return [`create table ${before} as select ${kept.join(', ')} from ${from(keep)}`, secure(before)];
}

/** Makes the empty table aside in which rows are kept. */
export function makeAside(keep: Keep): Act[] {
  const { before, key = [], columns } = keep;
  const keys = key.map((name, index) => `${quoteIdent(name)} as ${keyColumn(index)}`);
  const shape = [
    ...writable(columns),
    `xmin as ${XMIN}`,
    `false as ${MADE}`,
    ...keys,
    `''::bytea as ${HASH}`,
  ];
  return [
    { sql: `create table ${before} as select ${shape.join(', ')} from ${from(keep)} with no data` },
    { sql: secure(before) },
  ];
}

/**
 * Runs an INSERT, UPDATE, DELETE or MERGE as it is written and keeps, in the same pass, of each row that it touches: the
 * values before (`MADE`: there were none), and how to find the row it left (key and content; none for a deleted one).
 * RETURNING OLD and NEW: PostgreSQL 18, sql-update.html.
 */
export function keepRows(keep: Keep, text: string): Act[] {
  const { before, key = [], columns } = keep;
  const values = writable(columns);
  const returning = [
    ...values.map((name) => `sluice_old.${name}`),
    // The statement's own snapshot still sees the row as it was.
    keep.moves
      ? `(select ${ROW}.xmin from ${from(keep)} ${ROW} where ${ROW}.ctid = sluice_old.ctid and ${ROW}.tableoid = sluice_old.tableoid)`
      : 'sluice_old.xmin',
    'sluice_old.ctid is null',
    ...key.map((name) => `sluice_new.${quoteIdent(name)}`),
    `case when sluice_new.ctid is not null then ${hashOf('sluice_new')} end`,
  ];
  const names = returning.map((_, index) => `c${index + 1}`);
  return [
    ...makeAside(keep),
    {
      // The line break keeps a comment at the end of the statement from swallowing the rest.
      sql: `with sluice_rows (${names.join(', ')}) as (
${text}
returning with (old as sluice_old, new as sluice_new) ${returning.join(', ')})
insert into ${before} select * from sluice_rows`,
    },
  ];
}
