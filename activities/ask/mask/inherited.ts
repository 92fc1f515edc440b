import { sql } from 'kysely';
import type { RelationName } from '../../../schemas/change';
import type { StoreDb } from '../../../store/database';

/** A column of another dataset whose values went into one, as runs have recorded it. */
export interface Ancestor {
  relation: RelationName;
  column: string;
  /** Of where they come from: `schema.table`, or a file's path. */
  from: string;
  fromColumn: string;
  /** On all ways it was aggregated: how many, how much, not who. */
  aggregated: boolean;
}

/**
 * Where the columns of relations have their values from, over any number of goals: a copy of a sensitive column is as
 * sensitive as its source. By the relations' names alone, in whichever database: too many are found rather than too few.
 */
export async function ancestorsOf(db: StoreDb, relations: readonly RelationName[]): Promise<Ancestor[]> {
  if (relations.length === 0) return [];
  const { rows } = await sql<Ancestor>`with recursive current as (
      select distinct on (goal, step, namespace, name) name, edges
        from lineage_output where not undone order by goal, step, namespace, name, id desc
    ), edge as (
      select c.name as to_name, e.to_field, e.from_name, e.from_field, e.subtype = 'AGGREGATION' as aggregated
        from current c join lineage_edge e on e.edges = c.edges
       where e.type = 'DIRECT' and e.from_field is not null and e.to_field is not null
    ), above as (
      select w.relation, e.to_field as "column", e.from_name, e.from_field, e.aggregated
        from unnest(${[...relations]}::text[]) as w(relation)
        join edge e on right(e.to_name, length(w.relation) + 1) = '.' || w.relation
      union
      select a.relation, a."column", e.from_name, e.from_field, a.aggregated or e.aggregated
        from above a join edge e on e.to_name = a.from_name and e.to_field = a.from_field
    )
    select relation, "column",
           case when from_name like '/%' then from_name else substring(from_name from '[^.]+[.][^.]+$') end as "from",
           from_field as "fromColumn", bool_and(aggregated) as aggregated
      from above group by 1, 2, 3, 4`.execute(db);
  return rows;
}
