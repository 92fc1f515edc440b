import { quoteIdent, quoteRelation } from '../../../sql/quote';
import type { SourceDatabase } from '../../../sources/sources';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Cursor } from '../body';
import { within } from '../within';
import type { SentColumn } from '../postgres/compare';
import { isPassed } from './sql';

/** Milliseconds that each side may count. */
const LIMIT_MS = 4_000;
/** Rows that are compared one by one. */
const MOST_ROWS = 100_000;

interface Compared {
  sent: readonly SentColumn[];
  /** Columns by which rows are compared: all, unless triggers of the table change what arrives. */
  compared: readonly string[];
  /** Given where others load into the table as well: only rows that this step loaded from this source count. */
  own?: { goal: string; step: string };
}

/**
 * How many rows of the source lie before what is read and are not in the table as they are there: they came late, were
 * changed without a newer cursor, or the table was changed. `undefined`: counting would take too long.
 */
export async function leftOut(
  source: SourceDatabase,
  live: ReadSession,
  select: string,
  relation: string,
  cursor: Cursor,
  { sent, compared, own }: Compared,
): Promise<number | undefined> {
  const names = sent.map((_, index) => `c${index}`);
  const nameOf = (column: string): string => names[sent.findIndex(({ name }) => name === column)]!;
  const passed = `rows (${names.join(', ')}) where ${isPassed(nameOf(cursor.column), cursor)}`;
  const table = `select ${sent.map(({ name, type }) => `t.${quoteIdent(name)}::${type}`).join(', ')} from ${quoteRelation(relation)} t`;
  const hash = `pg_catalog.md5(row(${compared.map(nameOf).join(', ')})::text)`;
  const there: Side = { session: source, from: `from (${select}\n) ${passed}`, params: [] };
  const here: Side = {
    session: live,
    from: `from (${table}${own ? ` where ${OWN_ROWS}` : ''}) ${passed}`,
    params: own ? [relation, cursor.column, cursor.source, own.goal, own.step] : [],
  };
  const inSource = await counted(there, hash);
  const inTable = inSource && (await counted(here, hash));
  if (!inSource || !inTable) return undefined;
  const differ = [...inSource].filter(([part, sum]) => inTable.get(part) !== sum).map(([part]) => part);
  if (differ.length === 0) return 0;
  const wanted = await rowsIn(there, hash, differ);
  const found = wanted && (await rowsIn(here, hash, differ));
  if (!wanted || !found) return undefined;
  let missing = 0;
  for (const [row, number] of wanted) missing += Math.max(0, number - (found.get(row) ?? 0));
  return missing;
}

/** Rows of the loads of this source: another source of the same table must not stand in for what is missing. */
const OWN_LOADS = `select l.load_id, l.xid from sluice.load l
  where l.relation = $1 and not l.undone
    and (l.cursor->>'column' = $2 and l.cursor->>'source' = $3 or l.cursor is null and l.goal = $4 and l.step = $5)`;
const OWN_ROWS = `t.xmin in (select xid::xid from (${OWN_LOADS}) own
  union all select x.xid from sluice.load_xid x join (${OWN_LOADS}) own using (load_id))`;

interface Side {
  session: { query: ReadSession['query'] };
  /** FROM and WHERE of the rows. */
  from: string;
  params: readonly unknown[];
}

/** Counts and sums of hashes in 4,096 parts, so that only parts that differ are looked at row by row. */
async function counted(
  { session, from, params }: Side,
  hash: string,
): Promise<Map<string, string> | undefined> {
  const rows = await within(session, LIMIT_MS, () =>
    session.query<{ part: string; sum: string }>(
      `select left(hash, 3) as part, count(*) || ' ' || sum(('x' || substr(hash, 4, 8))::bit(32)::int8) as sum
         from (select ${hash} as hash ${from}) hashes group by 1`,
      params,
    ),
  );
  return rows && new Map(rows.map(({ part, sum }) => [part, sum]));
}

async function rowsIn(
  { session, from, params }: Side,
  hash: string,
  parts: readonly string[],
): Promise<Map<string, number> | undefined> {
  const rows = await within(session, LIMIT_MS, () =>
    session.query<{ hash: string; rows: string }>(
      `select hash, count(*) as rows from (select ${hash} as hash ${from}) hashes
        where left(hash, 3) = any($${params.length + 1}::text[]) group by 1 limit ${MOST_ROWS + 1}`,
      [...params, parts],
    ),
  );
  if (!rows || rows.length > MOST_ROWS) return undefined;
  return new Map(rows.map((row) => [row.hash, Number(row.rows)]));
}
