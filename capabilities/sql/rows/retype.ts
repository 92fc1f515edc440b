import type { TypeChange } from '../../../sql/clauses';
import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import { defaultOf, storageOf, type Column } from '../catalogue/columns';
import { refuse, runs, type UndoStep } from '../plan';
import {
  allKept,
  HASH,
  hashOf,
  keyColumn,
  mapRows,
  NEW_VALUE,
  noOthers,
  ROW,
  VALUE,
  type Match,
} from './identity';
import { swapFor, type Original } from './copy';
import { XMIN } from './loads';
import type { Stamps } from './stamps';

export interface Retype extends Pick<Match, 'table' | 'partitioned' | 'before' | 'map' | 'key'> {
  name: string;
  column: Column;
  columns: readonly Column[];
  change: TypeChange;
  /** The rows of loads must be found again: which transaction wrote each is kept with its value. */
  stamped: boolean;
}

/** The values before and after, and what finds a row by what it is after. */
export function keepValues({ table, before, key, column, columns, change, stamped }: Retype): string {
  const name = quoteIdent(column.name);
  const converted = `(${change.using ?? name}\n)::${change.type}`;
  const after = (each: string): string => (each === column.name ? converted : quoteIdent(each));
  const row = (value: (each: string) => string): string =>
    hashOf(`row(${columns.map((each) => value(each.name)).join(', ')})`);
  const found = key
    ? key.map((each, index) => `${after(each)} as ${keyColumn(index)}`)
    : [`${row(after)} as ${HASH}`];
  const stamp = stamped ? [`xmin as ${XMIN}`] : [];
  const values = [`${name} as ${VALUE}`, `${converted} as ${NEW_VALUE}`, ...stamp, ...found];
  return `create table ${before} as select ${values.join(', ')}\n from only ${table}`;
}

/** Refuses where a value that the old type cannot hold was written since. */
export function fits({ name, table, column }: Retype, unfit: string): UndoStep {
  return refuse(
    `select count(*) as n from only ${table} where ${unfit}`,
    `{n} rows of ${name} hold a value in ${column.name} that ${column.type} cannot hold`,
  );
}

/** Finds each row's value of before. */
export function findRows(retype: Retype): UndoStep[] {
  const { name, column, key } = retype;
  const unchanged = `${ROW}.${quoteIdent(column.name)}::text is not distinct from kept.${NEW_VALUE}::text`;
  const changed = key
    ? `{n} rows were written into ${name} since, or have another value in ${column.name} than the one given then`
    : `{n} rows of ${name} were written since`;
  const steps = [mapRows({ ...retype, unchanged }), noOthers(retype, changed)];
  if (!key) steps.push(allKept(retype, `{n} rows of ${name} were changed or deleted since`));
  return steps;
}

/** A change of type takes no subquery, but a function: it looks the old value up by the row's place. */
export function typeBack({ table, before, map, column }: Retype, kept: boolean): UndoStep[] {
  const name = quoteIdent(column.name);
  const collate = column.collation === null ? '' : ` collate ${column.collation}`;
  const alter = `alter table ${table} alter column ${name} type ${column.type}${collate}`;
  const lookUp = `select kept.${VALUE} from ${map} map join ${before} kept on kept.ctid = map."kept" where map."row" = $1`;
  const values = kept
    ? [
        `alter table ${map} add primary key ("row")`,
        `create function ${map}(tid) returns ${column.type} stable language sql as ${quoteLiteral(lookUp)}`,
        `${alter} using ${map}(ctid)`,
        `drop function ${map}(tid)`,
      ]
    : [alter];
  const drop = column.expression === null ? [] : [`alter table ${table} alter column ${name} drop default`];
  const again = column.expression === null ? [] : defaultOf(table, column);
  return runs([...drop, ...values, ...again, ...storageOf(table, column)]);
}

/** The rows as they were, in a copy that takes the table's place. */
export function swapBack(
  original: Original,
  { table, map, before, column }: Retype,
  stamps: Stamps | undefined,
  or: UndoStep[],
): UndoStep {
  return swapFor(original, {
    values: new Map([[column.name, `kept.${VALUE}`]]),
    joins: `join ${map} map on map."row" = ${ROW}.ctid join ${before} kept on kept.ctid = map."kept"`,
    xmin: stamps ? `kept.${XMIN}` : `${ROW}.xmin`,
    written: stamps
      ? `select distinct ${XMIN} as xid from ${before}`
      : `select distinct xmin as xid from only ${table}`,
    last: [`drop table ${map}`, `drop table ${before}`, ...(stamps ? [`drop table ${stamps.before}`] : [])],
    or,
  });
}

/** The same after a change that lost nothing: the values are the row's own, by which it is found among the stamps. */
export function swapNarrowed(
  original: Original,
  { table }: Retype,
  stamps: Stamps | undefined,
  or: UndoStep[],
): UndoStep {
  const written = `select distinct xmin as xid from only ${table}`;
  if (!stamps) return swapFor(original, { values: new Map(), joins: '', xmin: `${ROW}.xmin`, written, or });
  const found = mapRows({ ...stamps, unchanged: 'true' });
  return swapFor(original, {
    values: new Map(),
    joins: `left join ${stamps.map} map on map."row" = ${ROW}.ctid left join ${stamps.before} kept on kept.ctid = map."kept"`,
    xmin: `coalesce(kept.${XMIN}, ${ROW}.xmin)`,
    written: `select ${XMIN} as xid from ${stamps.before} union ${written}`,
    map: { table: stamps.map, make: found.sql },
    last: [`drop table ${stamps.before}`],
    or,
  });
}
