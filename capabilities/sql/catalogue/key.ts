import type { ReadSession } from '../../../warehouses/warehouse';

/**
 * Columns by which a row of a table is found again: its primary key, else a unique index over columns that are all
 * NOT NULL (the one with the fewest columns, then by name). Undefined: the table has neither.
 * `without` leaves out keys that involve that column.
 */
export async function rowKey(
  session: ReadSession,
  oid: string,
  without?: string,
): Promise<string[] | undefined> {
  const rows = await session.query<{ columns: string[] }>(
    `select k.columns from pg_index i join pg_class c on c.oid = i.indexrelid cross join lateral (
       select array_agg(a.attname::text order by key.place) as columns, bool_and(a.attnotnull) as filled,
              bool_or(a.attgenerated <> '') as generated
         from unnest(i.indkey::int2[]) with ordinality key (num, place)
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.num
        where key.place <= i.indnkeyatts) k
     where i.indrelid = $1::oid and i.indisunique and i.indimmediate and i.indisvalid and i.indpred is null
       and not 0 = any(i.indkey) and k.filled and not k.generated
       and ($2::text is null or not $2 = any(k.columns))
     order by i.indisprimary desc, i.indnkeyatts, c.relname limit 1`,
    [oid, without ?? null],
  );
  return rows[0]?.columns;
}

/** Columns that any unique index or exclusion constraint involves. */
export async function uniqueColumns(session: ReadSession, oid: string): Promise<Set<string>> {
  const rows = await session.query<{ name: string }>(
    `select distinct a.attname::text as name from pg_index i
       join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
         or d.classid = 'pg_constraint'::regclass and d.objid in (
           select oid from pg_constraint con where con.conindid = i.indexrelid)
       join pg_attribute a on d.refclassid = 'pg_class'::regclass and a.attrelid = d.refobjid and a.attnum = d.refobjsubid
      where i.indrelid = $1::oid and d.refobjid = $1::oid and (i.indisunique or i.indisexclusion)`,
    [oid],
  );
  return new Set(rows.map(({ name }) => name));
}
