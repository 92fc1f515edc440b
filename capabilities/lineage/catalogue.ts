import type { Catalogue } from '../../lineage/columns/scope';
import type { RelationName } from '../../schemas/change';
import type { DatasetColumn } from '../../schemas/lineage';
import type { ReadSession } from '../../warehouses/warehouse';

export interface KnownRelations extends Catalogue {
  columns: ReadonlyMap<RelationName, DatasetColumn[]>;
}

/** What column lineage needs to know of the database, in one query: columns of relations, kinds of functions. */
export async function knownRelations(
  session: ReadSession,
  relations: readonly RelationName[],
  functions: readonly string[],
): Promise<KnownRelations> {
  const rows = await session.query<{ kind: string; name: string; columns: DatasetColumn[] }>(
    `select 'relation' as kind, n.nspname || '.' || c.relname as name,
            jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
                      order by a.attnum) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname || '.' || c.relname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
      group by 2
     union all
     select distinct case when p.prokind = 'a' then 'aggregate' else 'set' end, p.proname::text, '[]'::jsonb
       from pg_proc p where p.proname = any($2::text[]) and (p.prokind = 'a' or p.proretset)`,
    [relations, functions.map((name) => name.split('.').at(-1)!)],
  );
  const named = (kind: string): string[] => rows.filter((row) => row.kind === kind).map((row) => row.name);
  const columns = new Map(
    rows.filter((row) => row.kind === 'relation').map((row) => [row.name, row.columns]),
  );
  return {
    columns,
    relations: new Map([...columns].map(([name, list]) => [name, list.map((column) => column.name)])),
    aggregates: new Set(named('aggregate')),
    setReturning: new Set(named('set')),
  };
}
