import { createHash } from 'node:crypto';
import { fail } from '../../../schemas/errors';
import type { SourceDatabase } from '../../../sources/sources';
import { quoteIdent, quoteRelation, splitRelation } from '../../../sql/quote';

export interface SourceColumn {
  name: string;
  /** As the source prints it. */
  type: string;
  /** The type that any other PostgreSQL has too; `text` for enums, composites and types of extensions. */
  portable: string;
}

export interface SourceRelation {
  table?: string;
  query?: string;
}

/**
 * What a type is to another server: a built-in one stays, a domain is its base, `reg…` (a number that means something
 * only where it was made) and everything that somebody defined is its text.
 */
const portable = (wanted: string): string => `
  with recursive wanted as (
    ${wanted}
  ), base as (
    select t.oid, t.typtype, t.typbasetype, t.typnamespace, w.modifier, w.position, w.name, w.oid as declared, w.modifier as declared_modifier
      from wanted w join pg_catalog.pg_type t on t.oid = w.oid
    union all
    select t.oid, t.typtype, t.typbasetype, t.typnamespace, d.typtypmod, b.position, b.name, b.declared, b.declared_modifier
      from base b
      join pg_catalog.pg_type d on d.oid = b.oid and b.typtype = 'd'
      join pg_catalog.pg_type t on t.oid = d.typbasetype
  )
  select name, format_type(declared, declared_modifier) as type,
         case when typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm')
                   and format_type(oid, null) !~ '^(reg|aclitem|pg_node_tree|xml)'
              then format_type(oid, modifier) else 'text' end as portable
    from base where typtype <> 'd' order by position`;

/** Columns of a table or query. Throws `source_missing` when there is no such table, `invalid_sql` for a bad query. */
export async function describeSource(
  source: SourceDatabase,
  { table, query }: SourceRelation,
): Promise<SourceColumn[]> {
  return table !== undefined ? describeTable(source, table) : describeQuery(source, query!);
}

async function describeTable(source: SourceDatabase, table: string): Promise<SourceColumn[]> {
  const { schema, name } = splitRelation(table);
  const columns = await source.query<SourceColumn>(
    portable(`select a.attname::text as name, a.atttypid as oid, a.atttypmod as modifier, a.attnum::int as position
         from pg_catalog.pg_attribute a
         join pg_catalog.pg_class c on c.oid = a.attrelid
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')
          and a.attnum > 0 and not a.attisdropped`),
    [schema, name],
  );
  if (columns.length > 0) return columns;
  throw fail('source_missing', `The source has no table or view ${table}, or none that its role may see.`, {
    next: 'Correct the name, or grant the connection’s role the right to read it.',
    place: table,
  });
}

/** A query's columns: from one row of nulls that it is joined to, without running it. */
async function describeQuery(source: SourceDatabase, query: string): Promise<SourceColumn[]> {
  const nothing = (what: string): string =>
    `select ${what} from (values (1)) one left join lateral (select * from (${query}\n) q limit 0) q on true`;
  const [row] = await source.query(nothing('q.*'), []);
  const names = Object.keys(row!);
  if (names.length === 0 || names.includes('?column?')) {
    throw fail('invalid_sql', 'A column of the query has no name.', {
      next: 'Give it an alias: `… as name`.',
    });
  }
  const types = names.map((name) => `pg_catalog.pg_typeof(q.${quoteIdent(name)})::oid`);
  const [oids] = await source.query<{ oids: string[] }>(
    nothing(`array[${types.join(', ')}]::int8[] as oids`),
    [],
  );
  return source.query<SourceColumn>(
    portable(`select name, oid::oid as oid, -1 as modifier, position::int
         from unnest($1::text[], $2::int8[]) with ordinality as w(name, oid, position)`),
    [names, oids!.oids],
  );
}

/** One SELECT giving the columns, in order, each cast to the type and under the name that it is to have. */
export function selectColumns(
  { table, query }: SourceRelation,
  columns: readonly { source: SourceColumn; name: string; type: string }[],
): string {
  const items = columns.map(({ source, name, type }) => {
    const value = source.type === type ? quoteIdent(source.name) : `${quoteIdent(source.name)}::${type}`;
    return value === quoteIdent(name) ? value : `${value} as ${quoteIdent(name)}`;
  });
  const from = table !== undefined ? quoteRelation(table) : `(${query!}\n) query`;
  return `select ${items.join(', ')} from ${from}`;
}

export function fingerprintOf(columns: readonly SourceColumn[]): string {
  return createHash('sha256')
    .update(JSON.stringify(columns.map(({ name, type }) => [name, type])))
    .digest('hex');
}
