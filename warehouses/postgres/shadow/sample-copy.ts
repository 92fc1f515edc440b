import { quoteIdent, quoteLiteral, quoteRelation } from '../../../sql/quote';
import type { ReadSession, WriteSession } from '../../warehouse';
import type { ContentChecksum } from '../content';
import { checksumSql, toChecksum } from '../content';
import type { ForeignKey, LiveTable } from './sample-plan';

/** Above this many times the wanted rows a table is sampled all over it, instead of from its start. */
const SPREAD_ABOVE = 4;
/** Rows are chosen by chance: so many times the wanted ones are asked for, to have enough. */
const OVERSAMPLE = 2;
/** Up to so many pages (80 MB) every row is looked at; of a bigger table whole pages are taken, at least so many. */
const SMALL_PAGES = 10_000;
const LEAST_PAGES = 50;

const columnList = (columns: readonly string[]): string => columns.map(quoteIdent).join(', ');

/**
 * A SELECT of up to `rows` rows, the same ones each time while the table stays as it is (and one of their places); `all`
 * when it gives every row of a table that has no more.
 */
export function sampleQuery(table: LiveTable, rows: number): { query: string; places: string; all: boolean } {
  const { relation, only, columns, estimatedRows, pages } = table;
  const spread = estimatedRows > rows * SPREAD_ABOVE;
  const percent = (100 * rows * OVERSAMPLE) / estimatedRows;
  const method =
    pages <= SMALL_PAGES
      ? `bernoulli (${percent.toFixed(6)})`
      : `system (${Math.max(percent, (100 * LEAST_PAGES) / pages).toFixed(6)})`;
  const from = `${only ? 'only ' : ''}${quoteRelation(relation)}`;
  const sampled = spread ? ` tablesample ${method} repeatable (1)` : '';
  const some = (what: string): string => `select ${what} from ${from}${sampled} limit ${rows}`;
  return { query: some(columnList(columns)), places: some('tableoid, ctid'), all: !spread };
}

/** A SELECT of the rows of the parent that have the keys. */
export function parentQuery(
  table: LiveTable,
  key: Pick<ForeignKey, 'parentColumns' | 'types'>,
  keys: readonly string[][],
): string {
  // COPY takes no parameters; the arrays' elements are in PostgreSQL's own text form.
  const arrays = keys.map((values) => `${quoteLiteral(arrayLiteral(values))}::text[]`).join(', ');
  const names = key.parentColumns.map((_, i) => `k${i}`);
  const match = key.parentColumns
    .map((column, i) => `p.${quoteIdent(column)} = w.k${i}::${key.types[i]!}`)
    .join(' and ');
  return `select ${table.columns.map((column) => `p.${quoteIdent(column)}`).join(', ')}
    from ${quoteRelation(table.relation)} p join unnest(${arrays}) as w (${names.join(', ')}) on ${match}`;
}

export interface Copied {
  rows: number;
  /** Of what was added; `undefined` when the table was empty before: then all of it was. */
  added: ContentChecksum | undefined;
}

/** Copies what `query` gives in the live database into the shadow's table, rows that are there already left out. */
export async function copyRows(
  live: ReadSession,
  shadow: WriteSession,
  table: Pick<LiveTable, 'relation' | 'columns'>,
  query: string,
): Promise<Copied> {
  const target = quoteRelation(table.relation);
  const columns = columnList(table.columns);
  const chunks = toTheEnd(live.copyOut(`copy (${query}) to stdout`) as AsyncIterable<Buffer>);
  const [{ filled }] = (await shadow.query<{ filled: boolean }>(
    `select exists (select from ${target}) as filled`,
  )) as [{ filled: boolean }];
  if (!filled) {
    return { rows: await shadow.copyIn(`copy ${target} (${columns}) from stdin`, chunks), added: undefined };
  }
  await shadow.execute(
    `create temporary table pg_temp.sluice_sample on commit drop as select ${columns} from ${target} with no data`,
  );
  await shadow.copyIn(`copy pg_temp.sluice_sample (${columns}) from stdin`, chunks);
  const [sums] = await shadow.query<{ rows: string; lanes: string[] }>(
    `with added as (
       insert into ${target} (${columns}) overriding system value select ${columns} from pg_temp.sluice_sample
       on conflict do nothing returning *) ${checksumSql('added')}`,
  );
  await shadow.execute('drop table pg_temp.sluice_sample');
  const added = toChecksum(sums!);
  return { rows: Number(added.rows), added };
}

/** Keys, column by column, that rows of the child have and no row of the parent: at most `limit`. */
export async function missingKeys(shadow: ReadSession, key: ForeignKey, limit: number): Promise<string[][]> {
  const values = key.childColumns.map((column, i) => `array_agg(c.${quoteIdent(column)}::text) as k${i}`);
  const columns = key.childColumns.map((column) => `o.${quoteIdent(column)}`);
  const [row] = await shadow.query<Record<string, string[] | null>>(
    `select ${values.join(', ')} from (
       select distinct ${columns.join(', ')} from ${quoteRelation(key.child)} o where ${orphaned(key)} limit ${limit}) as c`,
  );
  return key.childColumns.map((_, i) => row?.[`k${i}`] ?? []);
}

/**
 * Rows whose parent is not there after all, with whom no constraint of the shadow would hold, refer to nothing from now
 * on. Only for keys with a column that may be NULL. Returns how many.
 */
export function detachOrphans(shadow: WriteSession, key: ForeignKey): Promise<number> {
  const columns = key.nullable.map((column) => `${quoteIdent(column)} = null`).join(', ');
  return shadow.execute(`update ${quoteRelation(key.child)} o set ${columns} where ${orphaned(key)}`);
}

/** The same rows are taken away again. Returns what they were. */
export async function deleteOrphans(shadow: WriteSession, key: ForeignKey): Promise<ContentChecksum> {
  const [sums] = await shadow.query<{ rows: string; lanes: string[] }>(
    `with gone as (delete from ${quoteRelation(key.child)} o where ${orphaned(key)} returning *) ${checksumSql('gone')}`,
  );
  return toChecksum(sums!);
}

function orphaned({ parent, childColumns, parentColumns }: ForeignKey): string {
  const present = childColumns.map((column) => `o.${quoteIdent(column)} is not null`);
  const match = childColumns.map(
    (column, i) => `p.${quoteIdent(parentColumns[i]!)} = o.${quoteIdent(column)}`,
  );
  return `${present.join(' and ')} and not exists (select from ${quoteRelation(parent)} p where ${match.join(' and ')})`;
}

/**
 * The chunks, read to their end whatever happens: leaving a COPY early would end the session that all other tables
 * are still to be read with. There are few: the query has a LIMIT.
 */
async function* toTheEnd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]();
  let done = false;
  const next = async (): Promise<IteratorResult<Buffer>> => {
    const result = await source.next();
    done = result.done === true;
    return result;
  };
  try {
    for (let result = await next(); !result.done; result = await next()) yield result.value;
  } finally {
    while (!done) await next();
  }
}

function arrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`;
}
