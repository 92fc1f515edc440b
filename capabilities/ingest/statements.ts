import type { RelationName } from '../../schemas/change';
import { quoteIdent, quoteLiteral, quoteRelation, splitRelation } from '../../sql/quote';
import type { RowWrite } from '../../warehouses/postgres/foreign-keys';
import type { FilesPart, IngestBody } from './body';
import { horizonNow, isPlausible } from './cursor/sql';
import type { Written } from './scan/csv-writer';

/** Temporary table in which rows wait that are not simply added; gone with the transaction. */
export const STAGE = 'pg_temp.sluice_stage';

export const list = (names: readonly string[]): string => names.map(quoteIdent).join(', ');

export function createSchema(relation: RelationName): string {
  return `create schema ${quoteIdent(splitRelation(relation).schema)}`;
}

export function createTable({ relation, columns }: Pick<IngestBody, 'relation' | 'columns'>): string {
  const lines = columns.map((column) => `  ${quoteIdent(column.name)} ${column.type}`);
  return `create table ${quoteRelation(relation)} (\n${lines.join(',\n')}\n)`;
}

export function addPrimaryKey({ relation, key }: Pick<IngestBody, 'relation' | 'key'>): string {
  return `alter table ${quoteRelation(relation)} add primary key (${list(key)})`;
}

export function createStage({ relation, columns }: Pick<IngestBody, 'relation' | 'columns'>): string {
  const names = list(columns.map((column) => column.name));
  return `create temporary table sluice_stage on commit drop as select ${names} from ${quoteRelation(relation)} with no data`;
}

/** COPY of a file's own bytes. `null` null: no field is null. */
export function copyFile(
  into: string,
  columns: readonly string[],
  part: Pick<FilesPart, 'framing' | 'header' | 'quotedNulls'>,
  spelling: string | null,
): string {
  const { delimiter, quote } = part.framing;
  const nulls =
    spelling === null
      ? 'force_not_null *'
      : `null ${quoteLiteral(spelling)}${part.quotedNulls ? ', force_null *' : ''}`;
  return copy(into, columns, { delimiter, quote }, `header ${part.header}, ${nulls}`);
}

/** COPY of rows that Sluice wrote: null is an empty unquoted field. */
export function copyRows(into: string, columns: readonly string[], written: Written): string {
  return copy(into, columns, written, `header false, null ''`);
}

function copy(into: string, columns: readonly string[], { delimiter, quote }: Written, more: string): string {
  const byte = (code: number): string => quoteLiteral(String.fromCharCode(code));
  return `copy ${into} (${list(columns)}) from stdin with (format csv, encoding 'UTF8', delimiter ${byte(delimiter)}, quote ${byte(quote)}, ${more})`;
}

export function copyBinary(into: string, columns: readonly string[]): string {
  return `copy ${into} (${list(columns)}) from stdin with (format binary)`;
}

export function insertStaged(body: Pick<IngestBody, 'relation' | 'columns'>): string {
  const names = list(body.columns.map((column) => column.name));
  return `insert into ${quoteRelation(body.relation)} (${names})\nselect ${names} from ${STAGE}`;
}

/**
 * Adds the rows that were not in the table before: of rows that are the same in every column, as many as it lacked.
 * With a cursor only rows of the same value are compared.
 */
export function insertMissing(body: Pick<IngestBody, 'relation' | 'columns' | 'cursor'>): string {
  const names = body.columns.map((column) => column.name);
  const pick = (of: string): string => names.map((name) => `${of}.${quoteIdent(name)}`).join(', ');
  const cursor = body.cursor && quoteIdent(body.cursor.column);
  const near =
    cursor === undefined
      ? ''
      : ` and (t.${cursor} in (select ${cursor} from ${STAGE}) or t.${cursor} is null)`;
  return `with sluice_there as (
  select row(${pick('t')})::text as sluice_row, count(*) as sluice_count from ${quoteRelation(body.relation)} t
   where t.xmin <> pg_current_xact_id()::xid${near} group by 1
)
insert into ${quoteRelation(body.relation)} (${list(names)})
select ${pick('s')} from (
  select ${list(names)}, row(${list(names)})::text as sluice_row,
         row_number() over (partition by row(${list(names)})::text) as sluice_nth from ${STAGE}
) s left join sluice_there using (sluice_row) where sluice_nth > coalesce(sluice_count, 0)`;
}

/** Whether a staged row is older than the one it would update; only of files, whose order says nothing. */
function isOlder({ cursor, from }: Pick<IngestBody, 'cursor' | 'from'>): string | undefined {
  if (!cursor || from.kind !== 'files') return undefined;
  const [mine, theirs] = ['s', 't'].map((alias) => `${alias}.${quoteIdent(cursor.column)}`) as [
    string,
    string,
  ];
  const older = `${mine} ${cursor.from === 'at_least' ? '<' : '<='} ${theirs}`;
  const plausible = isPlausible(theirs, cursor, horizonNow(cursor));
  return `coalesce(${older}${plausible === 'true' ? '' : ` and ${plausible}`}, false)`;
}

/** How a merge compares `t`, a row of the table, with `s`, the staged one of its key. */
function compared(body: Pick<IngestBody, 'key' | 'columns' | 'cursor' | 'from'>): {
  on: string;
  /** Bytewise, so that 2.50 replaces 2.5. Absent: there is nothing but the key. */
  differs?: string;
  older?: string;
  set: string;
} {
  const rest = body.columns.map((column) => column.name).filter((name) => !body.key.includes(name));
  const row = (alias: string): string =>
    `row(${rest.map((name) => `${alias}.${quoteIdent(name)}`).join(', ')})::record`;
  return {
    on: body.key.map((name) => `t.${quoteIdent(name)} = s.${quoteIdent(name)}`).join(' and '),
    differs: rest.length === 0 ? undefined : `${row('t')} operator(pg_catalog.*<>) ${row('s')}`,
    older: isOlder(body),
    set: rest.map((name) => `${quoteIdent(name)} = s.${quoteIdent(name)}`).join(', '),
  };
}

/** Rows of the stage that were not merged because the table has a newer one. */
export function countOlder(body: IngestBody): string | undefined {
  const { on, differs, older } = compared(body);
  if (older === undefined || differs === undefined) return undefined;
  return `${STAGE} s join ${quoteRelation(body.relation)} t on ${on} where ${differs} and ${older}`;
}

/** The staged rows, as `s`. */
const staged = ({ columns }: Pick<IngestBody, 'columns'>): string =>
  `(select ${list(columns.map(({ name }) => name))} from ${STAGE}) s`;

/**
 * Adds what is new, updates what differs and keeps the rows as they were before, in one pass. Rows that are the same
 * already are not touched. Returns one row: inserted, updated. RETURNING OLD: PostgreSQL 18, sql-merge.html.
 */
export function mergeStaged(body: IngestBody, before: string): string {
  const names = body.columns.map((column) => column.name);
  const { on, differs, older, set } = compared(body);
  const update =
    differs === undefined
      ? ''
      : `
    when matched and ${differs}${older === undefined ? '' : ` and not ${older}`} then
      update set ${set}`;
  return `with merged as (
  merge into ${quoteRelation(body.relation)} t
  using ${staged(body)} on ${on}${update}
    when not matched then
      insert (${list(names)}) values (${names.map((name) => `s.${quoteIdent(name)}`).join(', ')})
  returning merge_action() as sluice_action, old.xmin as sluice_xmin, ${body.restore.map((name) => `old.${quoteIdent(name)}`).join(', ')}
), kept as (
  insert into ${before} (${list(['sluice_xmin', ...body.restore])})
  select ${list(['sluice_xmin', ...body.restore])} from merged where sluice_action = 'UPDATE' returning 1
)
select (select count(*) from merged where sluice_action = 'INSERT')::float8 as inserted,
       (select count(*) from kept)::float8 as updated`;
}

/**
 * The same in up to three statements, for servers whose MERGE does not return rows as they were: keep what will be
 * updated, update it, add what is new. Nobody else writes in between: the table is locked.
 */
export function mergeInSteps(
  body: IngestBody,
  before: string,
): { update?: { keep: string; write: string }; insert: string } {
  const names = list(body.columns.map((column) => column.name));
  const { on, differs, older, set } = compared(body);
  const table = quoteRelation(body.relation);
  const kept = ['xmin', ...body.restore.map(quoteIdent)].map((name) => `t.${name}`).join(', ');
  const which = `${on} and ${differs}${older === undefined ? '' : ` and not ${older}`}`;
  const update = {
    keep: `insert into ${before} (${list(['sluice_xmin', ...body.restore])})
select ${kept} from ${table} t join ${staged(body)} on ${which}`,
    write: `update ${table} t set ${set} from ${staged(body)} where ${which}`,
  };
  return {
    ...(differs !== undefined && { update }),
    insert: `insert into ${table} (${names})
select ${names} from ${staged(body)} where not exists (select from ${table} t where ${on})`,
  };
}

/** An empty table for rows as they were, each with the transaction it came from. */
export function createKept(
  kept: string,
  { relation, restore }: Pick<IngestBody, 'relation' | 'restore'>,
): string {
  return `create table ${kept} as select null::xid as sluice_xmin, ${list(restore)} from ${quoteRelation(relation)} with no data`;
}

/** All rows as they are, likewise. */
export function keepAll(
  kept: string,
  { relation, restore }: Pick<IngestBody, 'relation' | 'restore'>,
): string {
  return `create table ${kept} as select xmin as sluice_xmin, ${list(restore)} from ${quoteRelation(relation)}`;
}

type Restored = Pick<IngestBody, 'relation' | 'restore' | 'identity' | 'key'>;

/** All rows that there are. */
export const allRows = ({ relation }: Pick<IngestBody, 'relation'>): RowWrite => ({ relation });

/** The load's own rows; `mine`: which of the table's they are. */
export const loadedRows = ({ relation }: Pick<IngestBody, 'relation'>, mine: string): RowWrite => ({
  relation,
  where: `t.${mine}`,
});

/** What a merge would change in rows that are there. */
export function mergedRows(
  body: Pick<IngestBody, 'relation' | 'columns' | 'key' | 'cursor' | 'from'>,
): RowWrite {
  const names = body.columns.map((column) => column.name);
  const rest = names.filter((name) => !body.key.includes(name));
  const older = isOlder(body);
  return {
    relation: body.relation,
    from: `(select ${list(names)} from ${STAGE}) s`,
    where: [
      ...body.key.map((name) => `t.${quoteIdent(name)} = s.${quoteIdent(name)}`),
      ...(older === undefined ? [] : [`not ${older}`]),
    ].join(' and '),
    set: Object.fromEntries(rest.map((name) => [name, `s.${quoteIdent(name)}`])),
  };
}

/** Gives updated rows what they had before. `mine`: which rows of the table are the load's. */
export function restoredRows(body: Restored, before: string, mine: string): RowWrite {
  const names = body.restore.filter((name) => !body.identity.includes(name) && !body.key.includes(name));
  const on = body.key.map((name) => `t.${quoteIdent(name)} = b.${quoteIdent(name)}`).join(' and ');
  return {
    relation: body.relation,
    from: `${before} b`,
    where: `${on} and t.${mine}`,
    set: Object.fromEntries(names.map((name) => [name, `b.${quoteIdent(name)}`])),
  };
}

/** Puts rows back that were replaced. */
export function restoreAll(body: Restored, trash: string, which = ''): string {
  const names = list(body.restore);
  return `insert into ${quoteRelation(body.relation)} (${names}) overriding system value select ${names} from ${trash}${which}`;
}
