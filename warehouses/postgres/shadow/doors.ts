import type { ClientBase } from 'pg';
import type { RelationName } from '../../../schemas/change';
import { quoteIdent, quoteRelation, splitRelation, storedName } from '../../../sql/quote';

/**
 * While a sample is loaded, triggers, foreign keys and row security of its tables rest (they did their work when the rows
 * came to the live table, and rows come in any order), and the rehearsal's role may write to tables that it does not own.
 * The rows themselves are written by that role and never by the administrator: a CHECK, an index or a generated
 * column runs code that anybody may have written.
 */
export interface Doors {
  /** Puts everything back. */
  close(): Promise<void>;
}

interface Trigger {
  relation: RelationName;
  name: string;
  state: string;
}

/** $1: names. With all their partitions: what is done to a partitioned table is done to them. */
const TRIGGERS_SQL = `
  select ${storedName('n.nspname', 'c.relname')} as relation, g.tgname as name, g.tgenabled as state
  from pg_catalog.pg_trigger g join pg_catalog.pg_class c on c.oid = g.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid in (
    select coalesce(leaf.relid, named.oid) from (
      select t.oid from pg_catalog.pg_class t join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
      where ${storedName('tn.nspname', 't.relname')} = any($1)) as named
    left join lateral pg_catalog.pg_partition_tree(named.oid) leaf on true)
  order by 1, 2`;

const NEEDED = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

export async function openDoors(
  admin: ClientBase,
  tables: readonly RelationName[],
  role: string,
): Promise<Doors> {
  const { rows: triggers } = await admin.query<Trigger>(TRIGGERS_SQL, [tables]);
  const grants = await missingGrants(admin, tables, role);
  const secured = await securedTables(admin, tables);
  const withTriggers = [...new Set(triggers.map(({ relation }) => relation))];
  await together(admin, [
    ...withTriggers.map((relation) => `alter table only ${quoteRelation(relation)} disable trigger all`),
    ...secured.map((relation) => `alter table ${quoteRelation(relation)} disable row level security`),
    ...grants.map((what) => `grant ${what} to ${quoteIdent(role)}`),
  ]);
  return {
    close: () =>
      together(admin, [
        ...withTriggers.map((relation) => `alter table only ${quoteRelation(relation)} enable trigger all`),
        ...triggers
          .filter(({ state }) => state !== 'O')
          .map(({ relation, name, state }) => {
            const how = { D: 'disable', R: 'enable replica', A: 'enable always' }[state] ?? 'enable';
            return `alter table only ${quoteRelation(relation)} ${how} trigger ${quoteIdent(name)}`;
          }),
        ...secured.map((relation) => `alter table ${quoteRelation(relation)} enable row level security`),
        ...grants.map((what) => `revoke ${what} from ${quoteIdent(role)}`),
      ]),
  };
}

async function securedTables(admin: ClientBase, tables: readonly RelationName[]): Promise<RelationName[]> {
  const { rows } = await admin.query<{ relation: RelationName }>(
    `select n.nspname || '.' || c.relname as relation
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relrowsecurity and n.nspname || '.' || c.relname = any($1) order by 1`,
    [tables],
  );
  return rows.map(({ relation }) => relation);
}

async function missingGrants(
  admin: ClientBase,
  tables: readonly RelationName[],
  role: string,
): Promise<string[]> {
  const { rows } = await admin.query<{ relation: string; missing: string[]; schema: boolean }>(
    `select ${storedName('n.nspname', 'c.relname')} as relation,
       not pg_catalog.has_schema_privilege($2, n.oid, 'USAGE') as schema,
       array(select p from unnest($3::text[]) p where not pg_catalog.has_table_privilege($2, c.oid, p)) as missing
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where ${storedName('n.nspname', 'c.relname')} = any($1) order by 1`,
    [tables, role, NEEDED],
  );
  const schemas = new Set(
    rows.filter((row) => row.schema).map(({ relation }) => splitRelation(relation).schema),
  );
  return [
    ...[...schemas].map((schema) => `usage on schema ${quoteIdent(schema)}`),
    ...rows
      .filter(({ missing }) => missing.length > 0)
      .map(({ relation, missing }) => `${missing.join(', ')} on table ${quoteRelation(relation)}`),
  ];
}

async function together(client: ClientBase, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await client.query(statements.join(';\n'));
}
