import { withCatalogueSettings } from '../../../warehouses/postgres/catalogue-settings';
import type { RelationName } from '../../../schemas/change';
import type { ReadSession } from '../../../warehouses/warehouse';

/** A relation as far as finding it goes. */
export interface CatalogueEntry {
  relation: RelationName;
  /** pg_class.relkind. */
  kind: string;
  rows: number | undefined;
  columns: string[];
  /** Words of its comments; for finding only, never shown. */
  words: string;
  /** Relations that its foreign keys refer to. */
  refersTo: RelationName[];
  /** When a goal last loaded or made it, milliseconds since 1970. */
  used: number | undefined;
}

/** Characters of comments that are looked at, per relation. */
const COMMENT = 500;

/** Every table and view of the warehouse that its reading role may read; partitions count as their parent. */
export async function readCatalogue(session: ReadSession): Promise<CatalogueEntry[]> {
  const rows = await withCatalogueSettings(session, () =>
    session.query<Omit<CatalogueEntry, 'rows' | 'used'> & { rows: number; used: number | null }>(
      `with mine as (
       select c.oid, n.nspname || '.' || c.relname as relation, c.relkind::text as kind, c.reltuples::float8 as rows
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and n.nspname !~ '^pg_'
          and n.nspname not in ('information_schema', 'sluice')
          and has_schema_privilege(n.oid, 'USAGE') and has_any_column_privilege(c.oid, 'SELECT')
     ), columns as (
       select a.attrelid as oid, jsonb_agg(a.attname order by a.attnum) as names
         from pg_attribute a join mine m on m.oid = a.attrelid
        where a.attnum > 0 and not a.attisdropped group by 1
     ), comments as (
       select d.objoid as oid, left(string_agg(d.description, ' ' order by d.objsubid), ${COMMENT}) as words
         from pg_description d where d.classoid = 'pg_class'::regclass group by 1
     ), refers as (
       select k.conrelid as oid, jsonb_agg(distinct m.relation) as relations
         from pg_constraint k join mine m on m.oid = k.confrelid where k.contype = 'f' group by 1
     ), used as (
       select w as relation, extract(epoch from max(c.applied_at)) * 1000 as at
         from sluice.change c, unnest(c.writes) w where c.state = 'applied' group by 1
     )
     select m.relation, m.kind, m.rows, coalesce(c.names, '[]') as columns, coalesce(d.words, '') as words,
            coalesce(r.relations, '[]') as "refersTo", u.at::float8 as used
       from mine m left join columns c on c.oid = m.oid left join comments d on d.oid = m.oid
       left join refers r on r.oid = m.oid left join used u on u.relation = m.relation
      order by m.relation`,
    ),
  );
  return rows.map((row) => ({
    ...row,
    rows: row.rows < 0 ? undefined : row.rows,
    used: row.used ?? undefined,
  }));
}
