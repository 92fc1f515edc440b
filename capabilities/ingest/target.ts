import { fail } from '../../schemas/errors';
import type { RelationName } from '../../schemas/change';
import { splitRelation } from '../../sql/quote';
import { namedType } from '../../warehouses/postgres/named-type';
import type { ReadSession } from '../../warehouses/warehouse';

export interface TargetColumn {
  name: string;
  /** As `format_type` prints it. */
  type: string;
  notNull: boolean;
  /** Filled by the database when a load leaves it out. */
  hasDefault: boolean;
  /** GENERATED ALWAYS AS (expression): a load cannot give it. */
  generated: boolean;
  /** GENERATED ALWAYS AS IDENTITY: neither. */
  identity: boolean;
  /** Base type of a domain. */
  base: string | null;
  labels: string[] | null;
}

export interface Target {
  columns: TargetColumn[];
  /** Column sets that a unique, non-partial, valid index covers. */
  unique: string[][];
  /** User triggers, by name. */
  triggers: string[];
}

/**
 * The table as it is now; `undefined` when there is none. Throws `target_mismatch` for a view or anything else that
 * rows cannot be copied into.
 */
export async function describeTarget(
  session: ReadSession,
  relation: RelationName,
): Promise<Target | undefined> {
  const { schema, name } = splitRelation(relation);
  const found = await session.query<{ oid: number; relkind: string; inherited: boolean }>(
    `select c.oid, c.relkind, c.relkind = 'r' and exists (
              select from pg_catalog.pg_inherits i where i.inhparent = c.oid) as inherited
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2`,
    [schema, name],
  );
  const table = found[0];
  if (!table) return undefined;
  if (table.relkind !== 'r' && table.relkind !== 'p') {
    throw fail('target_mismatch', `${relation} is ${KINDS[table.relkind] ?? 'no table'}, not a table.`, {
      next: 'Load into another name.',
      place: relation,
    });
  }
  if (table.inherited) {
    // Its rows are also those of the tables that inherit from it, which a load has nothing to do with.
    throw fail('target_mismatch', `Other tables inherit from ${relation}.`, {
      next: 'Load into a table of its own, or make it a partitioned table.',
      place: relation,
    });
  }
  return {
    columns: await columnsOf(session, table.oid),
    unique: await uniqueKeys(session, table.oid),
    triggers: await names(
      session,
      `select tgname as name from pg_catalog.pg_trigger where tgrelid = $1 and not tgisinternal order by 1`,
      table.oid,
    ),
  };
}

const KINDS: Record<string, string> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
  i: 'an index',
  c: 'a composite type',
};

function columnsOf(session: ReadSession, oid: number): Promise<TargetColumn[]> {
  return session.query<TargetColumn>(
    `select a.attname as name,
            format_type(a.atttypid, a.atttypmod) as type,
            a.attnotnull as "notNull",
            a.atthasdef or a.attidentity <> '' as "hasDefault",
            a.attgenerated <> '' as generated,
            a.attidentity = 'a' as identity,
            case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) end as base,
            case t.typtype when 'e' then
              (select array_agg(e.enumlabel::text order by e.enumsortorder)
                 from pg_catalog.pg_enum e where e.enumtypid = t.oid) end as labels
       from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
      where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
      order by a.attnum`,
    [oid],
  );
}

async function uniqueKeys(session: ReadSession, oid: number): Promise<string[][]> {
  const rows = await session.query<{ columns: string[] }>(
    `select (select array_agg(a.attname::text order by a.attname)
               from pg_catalog.pg_attribute a
              where a.attrelid = i.indrelid and a.attnum = any((i.indkey::int2[])[0:i.indnkeyatts - 1])) as columns
       from pg_catalog.pg_index i
      where i.indrelid = $1 and i.indisunique and i.indisvalid and i.indpred is null
        and i.indimmediate and i.indexprs is null`,
    [oid],
  );
  return rows.map((row) => row.columns);
}

async function names(session: ReadSession, sql: string, oid: number): Promise<string[]> {
  return (await session.query<{ name: string }>(sql, [oid])).map((row) => row.name);
}

/** Whether indexes and constraints guarantee already that the key's values are unique and not null. */
export function isUniqueKey(target: Pick<Target, 'unique' | 'columns'>, key: readonly string[]): boolean {
  const notNull = target.columns.filter((column) => column.notNull).map((column) => column.name);
  return (
    key.every((name) => notNull.includes(name)) &&
    target.unique.some((columns) => columns.every((column) => key.includes(column)))
  );
}

export interface ResolvedType {
  /** As PostgreSQL prints it. */
  type: string;
  base: string | null;
  labels: string[] | null;
}

/** A type by any of its names. Throws `invalid_goal` for one that the warehouse does not know. */
export async function resolveType(session: ReadSession, type: string, path: string): Promise<ResolvedType> {
  const named = await namedType(session, type);
  const [found] = await session.query<ResolvedType>(
    `select format_type(t.oid, $2) as type,
            case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) end as base,
            case t.typtype when 'e' then
              (select array_agg(e.enumlabel::text order by e.enumsortorder)
                 from pg_catalog.pg_enum e where e.enumtypid = t.oid) end as labels
       from pg_catalog.pg_type t where t.oid = $1::oid and t.typtype <> 'p'`,
    [named?.oid ?? null, named?.modifier ?? -1],
  );
  if (found) return found;
  throw fail('invalid_goal', `There is no type "${type}" in the warehouse (${path}).`, {
    next: 'Use a type that PostgreSQL knows, like text, bigint, numeric(10,2), date or timestamptz.',
    place: path,
  });
}
