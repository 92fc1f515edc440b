import type { RelationName } from '../../../schemas/change';
import type { ReadSession } from '../../../warehouses/warehouse';

export interface Keys {
  /** Of each unique key, the primary one first. */
  keys: string[][];
  references: { columns: string[]; to: RelationName; theirs: string[] }[];
}

/** Keys and foreign keys of relations, by their oid. */
export async function keysOf(session: ReadSession, oids: readonly string[]): Promise<Map<string, Keys>> {
  const rows = await session.query<{
    oid: string;
    type: string;
    columns: string[];
    to: RelationName | null;
    theirs: string[] | null;
  }>(
    `select k.conrelid::text as oid, k.contype::text as type, ${namesOf('k.conrelid', 'k.conkey')} as columns,
            n.nspname || '.' || t.relname as "to", ${namesOf('k.confrelid', 'k.confkey')} as theirs
       from pg_constraint k left join pg_class t on t.oid = k.confrelid left join pg_namespace n on n.oid = t.relnamespace
      where k.conrelid = any($1::oid[]) and k.contype in ('p', 'u', 'f')
      order by k.contype <> 'p', k.conname`,
    [oids],
  );
  const found = new Map<string, Keys>(oids.map((oid) => [oid, { keys: [], references: [] }]));
  for (const { oid, type, columns, to, theirs } of rows) {
    if (type === 'f') found.get(oid)!.references.push({ columns, to: to!, theirs: theirs ?? [] });
    else found.get(oid)!.keys.push(columns);
  }
  return found;
}

/** SQL for the names of a relation's columns by their numbers, in that order. */
export const namesOf = (relation: string, numbers: string): string => `(
  select jsonb_agg(a.attname order by nth.at) from unnest(${numbers}) with ordinality as nth(num, at)
    join pg_attribute a on a.attrelid = ${relation} and a.attnum = nth.num)`;
