import { Client } from 'pg';
import { columnKey, type ColumnKey, splitKey } from '../../../lineage/columns/flow';
import { queryLineage, type QueryLineage } from '../../../lineage/columns/query';
import type { Catalogue } from '../../../lineage/columns/scope';
import { parseSingleSelect } from '../../../sql/parse';
import { testDatabase } from '../../support/postgres';

const TABLES = `
  create table t (id int primary key, a int, b int, c int);
  create table u (id int, a int, d int, e int);
  create table v (d int, f int, "G h" text);
  create schema raw;
  create table raw.w (id int, a int, tags int[], at timestamptz, name text);
  create view seen as select id, a + b as ab from t where c > 0;`;

/** Tables to ask questions about, and the server's own account of what a view depends on. */
export interface LineageBed {
  client: Client;
  catalogue: Catalogue;
  lineage(sql: string): Promise<QueryLineage>;
  /** Columns that a view of this query depends on, and the names of the view's columns. */
  server(sql: string): Promise<{ columns: ColumnKey[]; names: string[] }>;
  close(): Promise<void>;
}

export async function lineageBed(): Promise<LineageBed> {
  const database = await testDatabase('lineage', { ledger: false });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(TABLES);
  const { rows } = await client.query<{ relation: string; columns: string[] }>(
    `select n.nspname || '.' || c.relname as relation, array_agg(a.attname::text order by a.attnum) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
      where n.nspname in ('public', 'raw') and c.relkind in ('r', 'v') and a.attnum > 0 group by 1`,
  );
  const functions = await client.query<{ proname: string; prokind: string; proretset: boolean }>(
    `select distinct proname, prokind, proretset from pg_proc where prokind = 'a' or proretset`,
  );
  const catalogue: Catalogue = {
    relations: new Map(rows.map(({ relation, columns }) => [relation, columns])),
    aggregates: new Set(functions.rows.filter((f) => f.prokind === 'a').map((f) => f.proname)),
    setReturning: new Set(functions.rows.filter((f) => f.proretset).map((f) => f.proname)),
  };
  return {
    client,
    catalogue,
    lineage: async (sql) => queryLineage((await parseSingleSelect(sql)).node, catalogue),
    async server(sql) {
      await client.query('begin');
      try {
        await client.query(`create view the_view as ${sql}`);
        const depends = await client.query<{ relation: string; column: string }>(
          `select distinct n.nspname || '.' || c.relname as relation, a.attname as column
             from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
             join pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid
             join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
            where w.ev_class = 'the_view'::regclass and d.refobjsubid > 0 and c.relname <> 'the_view'`,
        );
        const names = await client.query<{ name: string }>(
          `select attname as name from pg_attribute where attrelid = 'the_view'::regclass and attnum > 0 order by attnum`,
        );
        return {
          columns: depends.rows.map(({ relation, column }) => columnKey(relation, column)).sort(),
          names: names.rows.map(({ name }) => name),
        };
      } finally {
        await client.query('rollback');
      }
    },
    async close() {
      await client.end();
      await database.drop();
    },
  };
}

/** `t.a IDENTITY, u.d JOIN+FILTER`: short enough to read in a test. */
export function shown(lineage: QueryLineage): Record<string, string> {
  const name = (key: ColumnKey): string => {
    const { relation, column } = splitKey(key);
    return `${relation.replace(/^public\./, '')}.${column}`;
  };
  const entries = lineage.columns.map(({ name: column, flow }): [string, string] => [
    column ?? '?',
    [
      ...[...flow.direct].map(([key, how]) => `${name(key)} ${how}`),
      ...[...flow.indirect].map(([key, hows]) => `${name(key)} ${[...hows].sort().join('+')}`),
    ]
      .sort()
      .join(', '),
  ]);
  const dataset = [...lineage.dataset.indirect].map(
    ([key, hows]) => `${name(key)} ${[...hows].sort().join('+')}`,
  );
  return { ...Object.fromEntries(entries), '*': dataset.sort().join(', ') };
}
