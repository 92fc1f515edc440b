import { VIRTUAL } from '../../support/postgres';
import type { Client } from 'pg';
import { quoteIdent, quoteLiteral } from '../../../sql/quote';

/** Whole numbers below `n`, the same ones for the same seed (mulberry32). */
export function dice(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

interface Table {
  name: string;
  bare: string;
  kind: string;
  columns: { name: string; type: string; generated: boolean; identity: boolean }[];
  constraints: string[];
  indexes: string[];
}

const TABLES_SQL = `
  select format('shop.%I', c.relname) as name, c.relname as bare, c.relkind::text as kind,
    (select coalesce(jsonb_agg(jsonb_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
        'generated', a.attgenerated <> '', 'identity', a.attidentity <> '') order by a.attnum), '[]')
       from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    array(select quote_ident(conname) from pg_constraint where conrelid = c.oid order by 1) as constraints,
    array(select quote_ident(i.relname) from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid order by 1) as indexes
  from pg_class c where c.relnamespace = 'shop'::regnamespace and c.relkind in ('r', 'v') order by 1`;

/** A statement of the closed set over what is in the schema `shop` now; it may well fail. */
export async function anyStatement(
  client: Client,
  roll: (n: number) => number,
  serial: number,
): Promise<string> {
  const { rows } = await client.query<Table>(TABLES_SQL);
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!;
  const tables = rows.filter(({ kind }) => kind === 'r');
  if (tables.length === 0) return `create table shop.t${serial} as select 1 as a, 'x' as b`;
  const table = pick(tables);
  const column = pick(
    table.columns.length > 0
      ? table.columns
      : [{ name: 'none', type: 'integer', generated: false, identity: false }],
  );
  const other = pick(table.columns.length > 0 ? table.columns : [column]);
  const view = pick([...rows.filter(({ kind }) => kind === 'v'), table]);
  const values = table.columns.filter((each) => !each.generated && !each.identity).map((each) => each.name);
  const { name } = table;
  const someRows = `hashtext(t::text) % ${2 + roll(3)} = 0`;
  const changed = /int|numeric|real/.test(column.type)
    ? `${column.name} + 1`
    : /char|text/.test(column.type)
      ? `left(${column.name} || 'z', 3)`
      : 'default';
  return pick([
    () => `alter table ${name} add column c${serial} integer`,
    () =>
      `alter table ${name} add column c${serial} text not null default 'd${serial}' check (c${serial} <> '')`,
    () => `alter table ${name} add column c${serial} integer generated always as identity`,
    () =>
      `alter table ${name} add column c${serial} text generated always as (coalesce(${column.name}::text, '-')) ${VIRTUAL}`,
    () => `alter table ${name} add column c${serial} serial`,
    () => `alter table ${name} drop column ${column.name}`,
    () => `alter table ${name} drop column ${column.name}`,
    () => `alter table ${name} drop column ${column.name}, drop column ${other.name}`,
    () => `alter table ${name} rename column ${column.name} to r${serial}`,
    () => `alter table ${name} rename to t${serial}`,
    () => `alter view ${view.name} rename to v${serial}`,
    () => `alter table ${name} rename constraint ${pick([...table.constraints, 'none'])} to k${serial}`,
    () => `alter index shop.${pick([...table.indexes, 'none'])} rename to i${serial}`,
    () => `alter table ${name} alter column ${column.name} type text`,
    () => `alter table ${name} alter column ${column.name} type bigint using length(${column.name}::text)`,
    () => `alter table ${name} alter column ${column.name} type bigint`,
    () => `alter table ${name} alter column ${column.name} drop default`,
    () =>
      `alter table ${name} alter column ${column.name} set default ${/int/.test(column.type) ? '4' : "'x'"}`,
    () => `alter table ${name} alter column ${column.name} set not null`,
    () => `alter table ${name} alter column ${column.name} drop not null`,
    () => `alter table ${name} add constraint k${serial} unique (${column.name})`,
    () => `alter table ${name} add primary key (${column.name})`,
    () =>
      `alter table ${name} add constraint k${serial} check (${column.name} is not null or ${other.name} is null) not valid`,
    () => `alter table ${name} drop constraint ${pick([...table.constraints, 'none'])}`,
    () => `alter table ${name} drop constraint ${pick([...table.constraints, 'none'])}`,
    () => `create index i${serial} on ${name} (${column.name}, ${other.name})`,
    () => `create index on ${name} ((${column.name}::text || 'x')) where ${other.name} is not null`,
    () => `drop index shop.${pick([...table.indexes, 'none'])}`,
    () => `insert into ${name} select * from ${name} t where ${someRows}`,
    () =>
      `insert into ${name} (${values.join(', ')}) select ${values.join(', ')} from ${name} on conflict do nothing`,
    () => `update ${name} t set ${column.name} = ${changed} where ${someRows}`,
    () => `update ${name} set ${column.name} = ${changed}`,
    () => `delete from ${name} t where ${someRows}`,
    () => `delete from ${name}`,
    () => `create table shop.t${serial} as select * from ${name}`,
    () => `create table shop.t${serial} (like ${name} including all)`,
    () => `create view shop.v${serial} as select * from ${view.name}`,
    () =>
      `create or replace view ${view.name} as select *, ${quoteLiteral(String(serial))} as ${quoteIdent(`x${serial}`)} from ${view.name}`.replace(
        `from ${view.name}`,
        `from (select ${view.columns.map((each) => `null::${each.type} as ${each.name}`).join(', ')}) n`,
      ),
    () => `drop view ${view.name}`,
    () => `drop table ${name}`,
    () => `drop table ${name}`,
  ])();
}

/** `count` statements that PostgreSQL itself would run one after the other; tried, and rolled back. */
export async function runnable(
  client: Client,
  roll: (n: number) => number,
  count: number,
  serial: number,
): Promise<string[]> {
  const found: string[] = [];
  // No rollback takes back what was drawn from a sequence.
  const { rows: sequences } = await client.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c where c.relkind = 'S' and c.relnamespace = 'shop'::regnamespace`,
  );
  const back: string[] = [];
  for (const { name } of sequences) {
    const { rows } = await client.query<{ last: string; called: boolean }>(
      `select last_value as last, is_called as called from ${name}`,
    );
    back.push(`select setval(${quoteLiteral(name)}, ${rows[0]!.last}, ${rows[0]!.called})`);
  }
  await client.query('begin');
  try {
    for (let tries = 0; found.length < count && tries < count * 12; tries += 1) {
      await client.query('savepoint one');
      try {
        const statement = await anyStatement(client, roll, serial * 1000 + tries);
        await client.query(statement);
        await client.query('set constraints all immediate; set constraints all deferred');
        found.push(statement);
      } catch {
        await client.query('rollback to savepoint one');
      }
    }
  } finally {
    await client.query('rollback');
    for (const statement of back) await client.query(statement);
  }
  return found;
}
