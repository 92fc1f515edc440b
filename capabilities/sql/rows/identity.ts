import { quoteIdent } from '../../../sql/quote';
import { refuse, run, type UndoStep } from '../plan';

/**
 * How rows that were kept aside find their rows in the table again, without adding anything to the table: by its key,
 * else by the content of the whole row, where rows of the same content are the same. Never by xmin or ctid, which
 * VACUUM FULL, a change of type or the undo of a later change give anew.
 */
export const HASH = quoteIdent('sluice$hash');
export const VALUE = quoteIdent('sluice$value');
export const NEW_VALUE = quoteIdent('sluice$new');
export const MADE = quoteIdent('sluice$made');
export const keyColumn = (index: number): string => quoteIdent(`sluice$key_${index + 1}`);

/** A row as it stands, in 32 bytes. `row` is an alias of the table, or a ROW(…) of all its columns. */
export const hashOf = (row: string): string => `sha256(convert_to(${row}::text, 'UTF8'))`;

/** An alias that no column has: a column of that name would be meant instead of the row. */
export const ROW = quoteIdent('sluice$row');

/** A table whose rows are looked at. */
export interface Rows {
  /** Quoted. */
  table: string;
  /** It is partitioned: its rows are those of its partitions, and a row's place is a partition's. */
  partitioned: boolean;
}

/** After FROM, UPDATE, DELETE FROM or LOCK TABLE: the rows of the table, without those of tables that inherit from it. */
export const from = ({ table, partitioned }: Rows): string => (partitioned ? table : `only ${table}`);

/** The row at the place that the map has: a ctid is unique within one partition only. */
export const mapped = ({ partitioned }: Rows): string =>
  `${ROW}.ctid = map."row"${partitioned ? ` and ${ROW}.tableoid = map."part"` : ''}`;

export interface Match extends Rows {
  /** Quoted names. */
  before: string;
  map: string;
  key: readonly string[] | undefined;
  /** With a key: what must still hold, over `ROW` and `kept`; by default that the row's content is the one left. */
  unchanged?: string;
}

/**
 * Makes the map from rows (`"row"`, a ctid) to what was kept of them (`"kept"`, a ctid of the table aside). The
 * table must be locked against writers; the map is good until it is written.
 */
export function mapRows(match: Match): Extract<UndoStep, { do: 'run' }> {
  const { before, map, key } = match;
  const place = match.partitioned
    ? `${ROW}.tableoid as "part", ${ROW}.ctid as "row"`
    : `${ROW}.ctid as "row"`;
  if (key) {
    const unchanged = match.unchanged ?? `${hashOf(ROW)} = kept.${HASH}`;
    const same = key.map((name, index) => `${ROW}.${quoteIdent(name)} = kept.${keyColumn(index)}`);
    return run(
      `create table ${map} as select ${place}, kept.ctid as "kept"
  from ${from(match)} ${ROW} join ${before} kept on ${[...same, unchanged].join(' and ')}`,
    );
  }
  return run(
    `create table ${map} as select ${match.partitioned ? 'now."part", ' : ''}now."row", was."kept"
  from (select ${place}, ${hashOf(ROW)} as hash, row_number() over (partition by ${hashOf(ROW)}) as nth
          from ${from(match)} ${ROW}) now
  join (select kept.ctid as "kept", kept.${HASH} as hash, row_number() over (partition by kept.${HASH}) as nth
          from ${before} kept where kept.${HASH} is not null) was
    on was.hash = now.hash and was.nth = now.nth`,
  );
}

/** Refuses when a row that was kept something of is no longer as it was left. */
export function allKept(match: Match, because: string, where = ''): UndoStep {
  const { before, map } = match;
  return refuse(
    `select (select count(*) from ${before}${where}) - (select count(*) from ${map}) as n`,
    because,
  );
}

/** Refuses when the table has rows that nothing was kept of: they were written since. */
export function noOthers(match: Match, because: string): UndoStep {
  const { map } = match;
  return refuse(`select (select count(*) from ${from(match)}) - (select count(*) from ${map}) as n`, because);
}
