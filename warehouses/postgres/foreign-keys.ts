import type { RelationName } from '../../schemas/change';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import type { ReadSession } from '../warehouse';

/** A foreign key that refers to a table, to one of its partitions, or to a table that inherits from it. */
export interface ForeignKey {
  name: string;
  /** The table that refers. */
  table: RelationName;
  /** That table and the one it refers to, as items of FROM: `only` where other tables' rows do not count. */
  from: string;
  to: string;
  /** It may refer to rows of the very table it stands in. */
  self: boolean;
  onDelete: Action;
  onUpdate: Action;
  /** Checked at the end of the transaction only. */
  deferred: boolean;
  columns: { column: string; refers: string; type: string; equals: string }[];
}

/** pg_constraint.confdeltype, confupdtype: no action, restrict, cascade, set null, set default. */
type Action = 'a' | 'r' | 'c' | 'n' | 'd';

/**
 * Rows of one table that a statement is about to delete or update. `where`, `from` and the values of `set` are SQL over
 * the table's alias `t`, and must qualify its columns with it.
 */
export interface RowWrite {
  relation: RelationName;
  /** Further items of FROM, as a list: `sluice.before_x b`. */
  from?: string;
  /** Which rows; absent: all. */
  where?: string;
  /** New values by column, unquoted; absent: the rows are deleted. */
  set?: Record<string, string>;
}

/** Rows of a table that a statement would change through a foreign key, or that would make it fail. */
export interface Reached {
  key: ForeignKey;
  /** `c`, `n`, `d`: they are deleted or changed along; `a`, `r`: they stand in the way. */
  action: Action;
  rows: number;
}

const item = (relation: string, namespace: string): string =>
  `case when ${relation}.relkind = 'p' then '' else 'only ' end || format('%I.%I', ${namespace}.nspname, ${relation}.relname)`;

/** Foreign keys that refer to the relation `$1` (quoted), each once: not again for every partition. */
const KEYS_SQL = `
  with recursive tree (oid) as (
    select to_regclass($1)::oid
    union select i.inhrelid from tree join pg_catalog.pg_inherits i on i.inhparent = tree.oid)
  select con.conname::text as name, cn.nspname || '.' || c.relname as "table",
    ${item('c', 'cn')} as "from", ${item('p', 'pn')} as "to",
    con.conrelid in (select oid from tree) as self,
    con.confdeltype::text as "onDelete", con.confupdtype::text as "onUpdate", con.condeferred as deferred,
    (select jsonb_agg(jsonb_build_object('column', own.attname, 'refers', key.attname,
              'type', format_type(key.atttypid, key.atttypmod),
              'equals', format('operator(%I.%s)', opn.nspname, op.oprname)) order by k.place)
       from unnest(con.conkey, con.confkey, con.conpfeqop) with ordinality k (own, key, op, place)
       join pg_catalog.pg_attribute own on own.attrelid = con.conrelid and own.attnum = k.own
       join pg_catalog.pg_attribute key on key.attrelid = con.confrelid and key.attnum = k.key
       join pg_catalog.pg_operator op on op.oid = k.op join pg_catalog.pg_namespace opn on opn.oid = op.oprnamespace) as columns
  from pg_catalog.pg_constraint con
    join pg_catalog.pg_class c on c.oid = con.conrelid join pg_catalog.pg_namespace cn on cn.oid = c.relnamespace
    join pg_catalog.pg_class p on p.oid = con.confrelid join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
  where con.contype = 'f' and con.confrelid in (select oid from tree)
    and not exists (select from pg_catalog.pg_constraint up
                     where up.oid = con.conparentid and up.confrelid in (select oid from tree))
  order by 2, 1`;

/** Foreign keys that refer to a table or to what is below it, by the name of the table that refers. */
export function foreignKeysTo(session: ReadSession, relation: RelationName): Promise<ForeignKey[]> {
  return session.query<ForeignKey>(KEYS_SQL, [quoteRelation(relation)]);
}

/** Of the keys, those that delete or change rows of the table that refers when such rows are written. */
export function acting(keys: readonly ForeignKey[], write: RowWrite): ForeignKey[] {
  return keys.filter((key) => concerns(key, write) && !'ar'.includes(actionOf(key, write)));
}

/** Of the keys, those that make the statement fail while rows refer to what it writes. */
export function forbidding(keys: readonly ForeignKey[], write: RowWrite): ForeignKey[] {
  return keys.filter((key) => concerns(key, write) && 'ar'.includes(actionOf(key, write)) && !key.deferred);
}

const actionOf = (key: ForeignKey, { set }: RowWrite): Action => (set ? key.onUpdate : key.onDelete);

const concerns = (key: ForeignKey, { set }: RowWrite): boolean =>
  !set || key.columns.some(({ refers }) => Object.hasOwn(set, refers));

/**
 * How many rows refer, by each of the keys, to rows whose key the statement takes away or gives another value. Rows of
 * its own table that it writes itself are not counted. Only keys with such rows are returned.
 */
export async function reached(
  session: ReadSession,
  write: RowWrite,
  keys: readonly ForeignKey[],
  params: readonly unknown[] = [],
): Promise<Reached[]> {
  const found: Reached[] = [];
  for (const key of keys) {
    const [row] = await session.query<{ rows: string }>(countSql(write, key), params);
    const rows = Number(row!.rows);
    if (rows > 0) found.push({ key, action: actionOf(key, write), rows });
  }
  return found;
}

function countSql({ relation, from, where, set }: RowWrite, { columns, ...key }: ForeignKey): string {
  const more = from === undefined ? '' : `, ${from}`;
  const these = where === undefined ? '' : ` and (${where})`;
  const refer = columns.map(
    ({ column, refers, equals }) => `t.${quoteIdent(refers)} ${equals} child.${quoteIdent(column)}`,
  );
  // PostgreSQL follows a foreign key when the value is another one to the byte: 2.50 for 2.5.
  const written = set && columns.filter(({ refers }) => Object.hasOwn(set, refers));
  const differ = written
    ? ` and row(${written.map(({ refers, type }) => `(${set[refers]})::${type}`).join(', ')})::record
        operator(pg_catalog.*<>) row(${written.map(({ refers }) => `t.${quoteIdent(refers)}`).join(', ')})::record`
    : '';
  const others = key.self
    ? ` and not exists (select from ${quoteRelation(relation)} t${more}
        where t.tableoid = child.tableoid and t.ctid = child.ctid${these})`
    : '';
  return `select count(*) as rows from ${key.from} child
    where exists (select from ${key.to} t${more} where ${refer.join(' and ')}${these}${differ})${others}`;
}

const ACTIONS: Record<Action, string> = {
  a: 'NO ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
};

/** `2 rows of raw.child (foreign key child_parent_fkey, ON DELETE CASCADE)` */
export function reachedInWords({ set }: RowWrite, list: readonly Reached[]): string {
  return list
    .map(({ key, action, rows }) => {
      const how = `ON ${set ? 'UPDATE' : 'DELETE'} ${ACTIONS[action]}`;
      return `${rows} ${rows === 1 ? 'row' : 'rows'} of ${key.table} (foreign key ${key.name}, ${how})`;
    })
    .join(', ');
}
