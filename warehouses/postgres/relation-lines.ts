import type { RelationName } from '../../schemas/change';
import { splitRelation } from '../../sql/quote';
import type { StructureLine } from './fingerprint';
import { branchSql, roleName } from './fingerprint/fragments';
import { RELATION_BRANCHES } from './fingerprint/relation-branches';

/** A part of a relation's structure, with what people read of it. */
export interface RelationLine extends StructureLine {
  relation: RelationName;
  /** `bigint not null`, an index's definition; null where the definition has no short form. */
  shown: string | null;
}

/** Expressions over the branches' own aliases. */
const SHOWN: Record<string, string> = {
  relation: `'owner ' || ${roleName('rel.relowner')}`,
  column: `format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
    || coalesce(' default ' || pg_get_expr(def.adbin, def.adrelid), '')`,
  constraint: 'pg_get_constraintdef(con.oid)',
  index: 'pg_get_indexdef(i.indexrelid)',
};

/** $3 and $4: schemas and names, in step. */
const SQL = `
  with rel as materialized (
    select c.*, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name,
      n.nspname || '.' || c.relname as wanted_as
    from unnest($3::name[], $4::name[]) as wanted (schema, name)
      join pg_namespace n on n.nspname = wanted.schema
      join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name),
  line as (${RELATION_BRANCHES.filter(({ class: kind }) => kind !== 'published relation')
    .map((branch) =>
      branchSql(branch, `rel.wanted_as as relation, ${SHOWN[branch.class] ?? 'null::text'} as shown`),
    )
    .join('\n union all ')})
  select relation, class, identity, md5(definition) as definition, shown from line
  order by relation collate "C", class collate "C", identity collate "C"`;

type Query = <R extends object>(sql: string, params?: readonly unknown[]) => Promise<R[]>;

/** What the fingerprints of relations are made of, line by line. In the caller's read-only transaction. */
export async function relationLines(
  query: Query,
  relations: readonly RelationName[],
): Promise<RelationLine[]> {
  const wanted = relations.map((relation) => splitRelation(relation));
  await query(`select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)`);
  return query<RelationLine>(SQL, [
    '',
    '',
    wanted.map(({ schema }) => schema),
    wanted.map(({ name }) => name),
  ]);
}
