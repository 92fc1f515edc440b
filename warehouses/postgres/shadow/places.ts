import type { RelationName } from '../../../schemas/change';
import { SluiceError } from '../../../schemas/errors';
import { quoteIdent, quoteLiteral, quoteRelation, storedName } from '../../../sql/quote';
import type { ReadSession } from '../../warehouse';
import type { IncomingKey } from './keys';
import type { LiveTable } from './sample-plan';

/** Where rows of one table stand in the live snapshot: the table (a partition, for a partitioned one) and the `ctid`s. */
export interface Places {
  /** Quoted. */
  table: string;
  relation: RelationName;
  ctids: string[];
}

/** A look for touched rows is given up after so many milliseconds: it may have to read a whole table. */
const LOOK_MS = 20_000;

/** Up to `limit` places that a query of `tableoid` and `ctid` gives, table by table; undefined where it cannot be asked. */
export async function placesOf(
  live: ReadSession,
  query: string,
  limit: number,
): Promise<Places[] | undefined> {
  await live.query('savepoint sluice_places');
  try {
    await live.query(`set local statement_timeout = '${LOOK_MS}ms'`);
    const rows = await live.query<{ leaf: string; ctid: string }>(
      `select tableoid::oid::text as leaf, ctid::text as ctid from (${query}\n) as place limit ${limit}`,
    );
    const leaves = [...new Set(rows.map(({ leaf }) => leaf))];
    const names = await live.query<{ leaf: string; relation: string }>(
      `select c.oid::text as leaf, ${storedName('n.nspname', 'c.relname')} as relation
         from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = any($1::oid[])`,
      [leaves],
    );
    // The time limit goes with the savepoint.
    await live.query('rollback to savepoint sluice_places');
    return names.map(({ leaf, relation }) => ({
      table: quoteRelation(relation),
      relation,
      ctids: [...new Set(rows.filter((row) => row.leaf === leaf).map(({ ctid }) => ctid))],
    }));
  } catch (error) {
    if (!(error instanceof SluiceError) || ['cancelled', 'transient', 'internal'].includes(error.code))
      throw error;
    await live.query('rollback to savepoint sluice_places');
    return undefined;
  }
}

/** A SELECT of those rows. */
export function rowsAt(places: readonly Places[], columns: readonly string[]): string {
  const list = columns.map(quoteIdent).join(', ');
  return places
    .map(
      ({ table, ctids }) =>
        `select ${list} from only ${table} where ctid = any(${quoteLiteral(`{${ctids.map((ctid) => `"${ctid}"`).join(',')}}`)}::tid[])`,
    )
    .join(' union all ');
}

/** A query for the places of the rows that refer to those by a key. */
export function childrenOf(key: IncomingKey, child: LiveTable, places: readonly Places[]): string {
  const parents = key.parentColumns.map((_, i) => `k${i}`);
  const match = key.childColumns.map((column, i) => `child.${quoteIdent(column)} = parent.k${i}`);
  return `select child.tableoid, child.ctid from ${child.only ? 'only ' : ''}${quoteRelation(key.child)} child
    join (${rowsAt(places, key.parentColumns)}) as parent (${parents.join(', ')}) on ${match.join(' and ')}`;
}

/** Whether a live table has rows; what may not be read counts as having some, what is not there has none. */
export async function hasRows(live: ReadSession, relation: RelationName): Promise<boolean> {
  const [table] = await live.query<{ readable: boolean }>(
    `select has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT') and not row_security_active(c.oid) as readable
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and ${storedName('n.nspname', 'c.relname')} = $1`,
    [relation],
  );
  if (!table?.readable) return table !== undefined;
  const rows = await live.query(`select from ${quoteRelation(relation)} limit 1`);
  return rows.length > 0;
}
