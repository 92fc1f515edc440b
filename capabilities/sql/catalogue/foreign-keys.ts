import type { ReadSession } from '../../../warehouses/warehouse';

/** A foreign key of some table that refers to ours. */
export interface IncomingKey {
  name: string;
  /** Quoted. */
  child: string;
  childName: string;
  /** The other table is partitioned: its rows are those of its partitions. */
  partitioned: boolean;
  /** It is our table's own. */
  self: boolean;
  /** pg_constraint.confdeltype, confupdtype: `a` no action, `r` restrict, `c` cascade, `n` set null, `d` set default. */
  onDelete: string;
  onUpdate: string;
  columns: string[];
  refers: string[];
}

/** Foreign keys that refer to a table. Call it within `withCatalogueSettings`, so that names are written out. */
export function incomingKeys(session: ReadSession, oid: string): Promise<IncomingKey[]> {
  const names = (table: string, keys: string): string => `(select array_agg(a.attname::text order by k.place)
      from unnest(${keys}) with ordinality k (num, place)
      join pg_attribute a on a.attrelid = ${table} and a.attnum = k.num)`;
  return session.query<IncomingKey>(
    `select con.conname::text as name, con.conrelid::regclass::text as child,
       n.nspname || '.' || c.relname as "childName", c.relkind = 'p' as partitioned, con.conrelid = con.confrelid as self,
       con.confdeltype::text as "onDelete", con.confupdtype::text as "onUpdate",
       ${names('con.conrelid', 'con.conkey')} as columns, ${names('con.confrelid', 'con.confkey')} as refers
     from pg_constraint con join pg_class c on c.oid = con.conrelid join pg_namespace n on n.oid = c.relnamespace
     where con.confrelid = $1::oid and con.contype = 'f'
       -- What the key of a partitioned table means for its partitions is part of it.
       and not exists (select from pg_constraint up where up.oid = con.conparentid and up.confrelid = con.confrelid)
     order by 3, 1`,
    [oid],
  );
}

/** Whether a check of the table can be put off to the end of the transaction. */
export async function hasDeferrable(session: ReadSession, oid: string): Promise<boolean> {
  const [row] = await session.query<{ found: boolean }>(
    `select exists (select from pg_constraint where condeferrable and $1::oid in (conrelid, confrelid)) as found`,
    [oid],
  );
  return row!.found;
}

/**
 * Tables in an order in which their rows can be written: those that others refer to come first. Undefined where foreign
 * keys go round in a circle; one that refers to its own table does not count.
 */
export async function fromParents<T>(
  session: ReadSession,
  tables: readonly T[],
  oidOf: (table: T) => string,
): Promise<T[] | undefined> {
  const rows = await session.query<{ child: string; parent: string }>(
    `select distinct conrelid::text as child, confrelid::text as parent from pg_constraint
      where contype = 'f' and conrelid = any($1::oid[]) and confrelid = any($1::oid[]) and conrelid <> confrelid`,
    [tables.map(oidOf)],
  );
  const ordered: T[] = [];
  const left = [...tables];
  while (left.length > 0) {
    const next = left.findIndex((table) =>
      rows.every(
        ({ child, parent }) => child !== oidOf(table) || !left.some((other) => oidOf(other) === parent),
      ),
    );
    if (next < 0) return undefined;
    ordered.push(...left.splice(next, 1));
  }
  return ordered;
}
