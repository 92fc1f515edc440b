import { SERVER_MAJOR } from '../../support/postgres';
import { changeOf, openBench, problemOf, type Bench } from './harness';
import { SHOP } from './shop';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(
    'sql_refusals',
    `${SHOP}
    create table shop.parts (id int, at date) partition by range (at);
    create table shop.base (id int); create table shop.heir () inherits (shop.base);
    create materialized view shop.mat as select id from shop.orders;
    create function shop.spy() returns int language sql security definer as 'select 1';
    create function shop.write() returns int language plpgsql as 'begin return 1; end';
    create table shop.owner (id int primary key); create table shop.pet (id int, owner int references shop.owner on delete cascade);
    insert into shop.owner values (1), (2); insert into shop.pet values (1, 1);
    create table shop.chip (no int primary key, code text unique); create table shop.tagged (code text references shop.chip (code) on update set null);
    insert into shop.chip values (1, 'a'); insert into shop.tagged values ('a');
    create rule quiet as on delete to shop.heir do instead nothing;`,
  );
});
afterAll(() => bench?.close());

/** Outside of the closed set, or a form of a statement that cannot be taken back. */
const REFUSED: [statement: string, says: RegExp, place?: string][] = [
  ['begin', /BEGIN/],
  ['commit', /COMMIT/],
  ['rollback', /ROLLBACK/],
  ['savepoint a', /SAVEPOINT/],
  ["set search_path = 'x'", /SET search_path is refused/],
  ['reset all', /RESET/],
  ['alter default privileges grant select on tables to public', /ALTER DEFAULT PRIVILEGES/],
  ['call f()', /CALL/],
  ["do 'begin end'", /DO/],
  ['copy shop.log from stdin', /COPY/],
  ["copy shop.log to program 'x'", /COPY/],
  ['create extension hstore cascade', /CASCADE/],
  ["create function f() returns int language c as 'x', 'y'", /in the language c is refused/],
  ['create function f() returns int language plpython3u as $$return 1$$', /language plpython3u/],
  ['create function f(x shop.log.n%type) returns int language sql as $$select 1$$', /%TYPE/],
  ['revoke select on shop.log from public cascade', /CASCADE/],
  ['grant connect on database d to r', /GRANT/],
  ['grant sluice_writer to sluice_reader', /GRANT is not/],
  ['alter table shop.log set unlogged', /SET UNLOGGED/],
  ['alter table shop.orders disable trigger all', /TRIGGER ALL/],
  ['alter type shop.state drop attribute a', /attribute/],
  ["select setval('shop.orders_id_seq', (select 1))", /SELECT/],
  ["select set_config('role', 'postgres', false)", /SET role/],
  ['comment on database d is null', /COMMENT/],
  ['cluster shop.log using i', /CLUSTER/],
  ['reindex table shop.log', /REINDEX/],
  ['alter extension plpgsql update', /ALTER EXTENSION/],
  ['set session_replication_role = replica', /session_replication_role/],
  ['create role r', /CREATE ROLE/],
  ['alter role postgres superuser', /ALTER ROLE/],
  ['create database d', /CREATE DATABASE/],
  ['drop database d', /DROP DATABASE/],
  ['create rule r as on insert to shop.log do nothing', /RULE/],
  ['create foreign table f (a int) server s', /CREATE FOREIGN TABLE/],
  ['create publication p', /CREATE PUBLICATION/],
  ['create server s foreign data wrapper w', /CREATE SERVER/],
  ['vacuum', /VACUUM/],
  ['analyze', /ANALYZE of everything/],
  ['lock table shop.log', /LOCK/],
  ['listen x', /LISTEN/],
  ["notify x, 'y'", /NOTIFY/],
  ['explain select 1', /EXPLAIN/],
  ['prepare p as select 1', /PREPARE/],
  ['execute p', /EXECUTE/],
  ['declare c cursor for select 1', /DECLARE/],
  ['select 1', /SELECT/],
  ['values (1)', /VALUES/],
  ["load 'x'", /LOAD/],
  ['checkpoint', /CHECKPOINT/],
  ['alter system set work_mem = 1', /ALTER SYSTEM/],
  ['reassign owned by a to b', /REASSIGN/],
  ['drop owned by a', /DROP OWNED/],
  ["security label on table shop.log is 'x'", /SECURITY LABEL/],
  ['drop table shop.log cascade', /CASCADE/],
  ['drop view shop.open_orders cascade', /CASCADE/],
  ['drop schema shop cascade', /CASCADE/],
  ['alter table shop.orders drop column id cascade', /CASCADE/],
  ['alter table shop.orders drop constraint orders_pkey cascade', /CASCADE/],
  ['drop index concurrently shop.orders_state', /CONCURRENTLY/],
  ['create index concurrently i on shop.log (n)', /CONCURRENTLY/],
  ['create index i on shop.log (n) tablespace pg_default', /tablespace/],
  ['create temp table t (a int)', /temporary or unlogged/],
  ['create unlogged table shop.t (a int)', /temporary or unlogged/],
  ['create temp view v as select 1', /temporary or unlogged/],
  ['create temp table t as select 1', /temporary or unlogged/],
  ['create table shop.t (a int) tablespace pg_default', /tablespace/],
  ['create table shop.t (a int primary key using index tablespace pg_default)', /tablespace/],
  ['create table shop.t as execute p', /CREATE TABLE/],
  ['create schema s create table t (a int)', /elements/],
  ['create schema s authorization postgres', /AUTHORIZATION/],
  ['create schema authorization postgres', /AUTHORIZATION/],
  ['create table sluice.x (a int)', /belongs to Sluice/],
  ['drop table sluice.change', /belongs to Sluice/],
  ['delete from sluice.change', /belongs to Sluice/],
  ['insert into pg_catalog.pg_proc default values', /belongs to PostgreSQL/],
  ['alter schema shop rename to sluice', /belongs to Sluice/],
  ['create view pg_temp.v as select 1', /belongs to PostgreSQL/],
  ['alter table shop.log disable trigger all', /DISABLE TRIG/],
  ['alter table shop.log inherit shop.base', /ADD INHERIT/],
  ['alter table shop.parts detach partition shop.log concurrently', /CONCURRENTLY/],
  ['alter table shop.orders alter column vat drop expression', /DROP EXPRESSION/],
  ['insert into shop.log values (null) returning *', /RETURNING/],
  ['update shop.log set n = 1 returning n', /RETURNING/],
  ['delete from shop.log returning n', /RETURNING/],
  ['update shop.log set n = 1 where current of c', /CURRENT OF/],
  [
    'with x as (delete from shop.line returning 1) insert into shop.log select null, null, 1 from x',
    /data-modifying/,
    '1:6',
  ],
  [
    'with x as (insert into shop.log values (null) returning 1) update shop.log set n = 1',
    /data-modifying/,
    '1:6',
  ],
  ['create view shop.v as select * into x from shop.log', /INTO/],
  ['create table shop.t as select * from shop.log for update', /locking clause/],
  [
    "insert into shop.log select null, pg_read_file('/etc/passwd'), 1",
    /pg_read_file may not be called/,
    '1:35',
  ],
  ["update shop.log set n = lo_import('x')::int", /lo_import/],
  ['delete from shop.log where pg_terminate_backend(n)', /pg_terminate_backend/],
  ["create view shop.v as select set_config('role', 'postgres', false)", /set_config/],
  ["create view shop.v as select query_to_xml('drop table x', true, true, '')", /query_to_xml/],
  ['update shop.log set n = pg_advisory_lock(1) is null', /pg_advisory_lock/],
  ['insert into shop.log select null, null, pg_sleep(1) is null', /pg_sleep/],
  ["insert into shop.orders (id) values (nextval('shop.orders_id_seq'))", /nextval/],
  ["insert into shop.log (n) select setval('shop.orders_id_seq', 1)", /setval/],
  [
    'alter table shop.log add column a int default shop.write()',
    /shop.write may not be called: it is volatile/,
  ],
  ['create view shop.v as select shop.spy()', /SECURITY DEFINER/],
];

test.each(REFUSED)('refuses: %s', async (statement, says, place = '1:1') => {
  const problem = await problemOf(bench.propose(statement));
  expect(problem.message).toMatch(says);
  expect(problem).toMatchObject({ code: 'statement_refused', state: 'Nothing was changed.' });
  if (!/may not be called|locking|INTO|tablespace|USING INDEX/.test(problem.message))
    expect(problem.place).toBe(place);
  expect(problem.message).toContain(problem.place);
  expect(problem.next).not.toBe('');
});

/** Is not there, is something else, or something stands in the way. */
const MISMATCHED: [statement: string, says: RegExp][] = [
  ['drop table shop.nothing', /There is no table shop.nothing/],
  ['drop table shop.open_orders', /shop.open_orders is a view, no table/],
  ['drop view shop.orders', /shop.orders is a table, no view/],
  ['drop index shop.orders', /is a table, no index/],
  ['drop index shop.orders_pkey', /belongs to a constraint/],
  ['drop schema nothing', /There is no schema nothing/],
  ['drop schema shop', /is not empty: it holds/],
  ['create schema shop', /exists already/],
  ['create table shop.orders (a int)', /exists already/],
  ['create view shop.orders as select 1', /exists already/],
  ['create view shop.open_orders as select 1', /CREATE OR REPLACE|exists already/],
  ['create or replace view shop.orders as select 1', /is a table, no view/],
  ['create index orders_state on shop.orders (id)', /exists already/],
  ['alter table shop.base add column x int', /shop.heir inherits from shop.base and would be changed along/],
  ['alter table shop.log attach partition shop.queue default', /shop.log is not partitioned/],
  ['drop table shop.customer', /is used by constraint|is used by/],
  ['drop table shop.orders', /is used by .*view/],
  ['drop view shop.open_orders', /is used by view shop.big_orders/],
  ['alter table shop.orders drop column nothing', /has no column nothing/],
  ['alter table shop.orders drop column state', /is used by view shop.open_orders/],
  ['alter table shop.orders drop column amount', /generated column vat|column vat/],
  ['alter table shop.orders drop column note', /trigger touch/],
  ['alter table shop.line drop column price', /policy own_lines/],
  ['alter table shop.orders drop column id', /is used by/],
  ['alter table shop.orders alter column amount type bigint', /is used by/],
  ['alter table shop.orders alter column placed type nothing', /There is no type nothing/],
  ['alter table shop.orders add column amount int', /has a column amount already/],
  ['alter table shop.orders add constraint orders_pkey check (true)', /has a constraint orders_pkey already/],
  ['alter table shop.orders drop constraint nothing', /has no constraint nothing/],
  ['alter table shop.orders rename constraint nothing to x', /has no constraint nothing/],
  ['alter table shop.orders rename column nothing to x', /has no column nothing/],
  ['alter table shop.orders rename to customer', /exists already/],
  ['insert into shop.open_orders (id) values (1)', /is a view, no table/],
  ['delete from shop.heir', /The rule quiet of shop.heir turns the statement into another/],
  ['drop type shop.state', /is used by column state of table shop.orders/],
  ['drop sequence shop.orders_id_seq', /is used by default value/],
  ['drop sequence shop.nothing', /There is no shop.nothing/],
  ['drop function shop.touch()', /is used by trigger touch/],
  ['drop function shop.spy(integer)', /no function shop.spy with these arguments/],
  ['drop domain shop.state', /is no domain/],
  ['alter table shop.log validate constraint x', /has no constraint x/],
  ['alter table shop.log cluster on x', /has no index x/],
  ['alter table shop.log enable trigger x', /has no trigger x/],
  ['alter table shop.orders alter constraint x deferrable', /has no foreign key x/],
  ['drop policy x on shop.log', /has no policy x/],
  ['comment on trigger x on shop.log is null', /has no trigger x/],
  ['comment on constraint x on shop.log is null', /has no constraint x/],
  ['comment on function shop.gone(integer) is null', /There is no function shop.gone/],
  ['create function shop.spy() returns int language sql as $$select 1$$', /exists already/],
  ['create sequence shop.orders', /exists already/],
  ['create extension dblink', /is not trusted/],
  ['create extension nothing_like_it', /has no extension/],
];

test.each(MISMATCHED)('what is there does not fit: %s', async (statement, says) => {
  const problem = await problemOf(bench.propose(`-- a comment\n  ${statement}`));
  expect(problem.message).toMatch(says);
  expect(problem).toMatchObject({ code: 'target_mismatch', place: '2:3' });
});

test('a table whose rows are values of another one’s column', async () => {
  await bench.admin
    .query(`set search_path = shop; create table shop.point (x int, y int); alter table shop.point owner to sluice_writer;
    create domain spot as shop.point check ((value).x > 0); create type pair as (a int, at shop.point);
    create type span as range (subtype = shop.point)`);
  const columns = {
    plain: 'point',
    list: 'point[]',
    domain: 'spot',
    inside: 'pair[]',
    range: 'span',
    ranges: 'span_multirange',
  };
  for (const [name, type] of Object.entries(columns)) {
    await bench.admin.query(`create table shop.uses (${name} shop.${type})`);
    const says = new RegExp(`is used by .*column ${name} of shop.uses, whose values are rows of shop.point`);
    for (const statement of ['drop column x', 'alter column y type bigint'])
      expect((await problemOf(bench.propose(`alter table shop.point ${statement}`))).message).toMatch(says);
    expect((await bench.propose('alter table shop.point add column z int')).lossy).toEqual([
      `what is written to z of the rows of shop.point that column ${name} of shop.uses holds, until it is undone`,
    ]);
    await bench.admin.query('drop table shop.uses');
  }
  await bench.admin.query('drop table shop.point cascade; reset search_path');
  await bench.admin.query(
    'drop type if exists shop.pair, shop.span cascade; drop domain if exists shop.spot',
  );
});

/** The live rows do not allow it: known at once, with how many, without a value. */
const ROWS: [statement: string, says: RegExp][] = [
  [
    'alter table shop.customer alter column "Full Name" set not null',
    /1 row of shop.customer hold NULL in Full Name/,
  ],
  ['alter table shop.log add column x int not null', /4 rows of shop.log would hold NULL in x/],
  ['alter table shop.log add constraint u unique (n)', /2 rows of shop.log share a value of n/],
  ['alter table shop.log add primary key (n)', /1 row of shop.log hold NULL in n/],
  ['create unique index u on shop.log (what)', /2 rows of shop.log share a value of what/],
  [
    'create unique index u on shop.log (lower(what), (1))',
    /2 rows of shop.log share a value of lower\(what\), \(1\)/,
  ],
  ['create unique index u on shop.log (n) where what is not null', /2 rows of shop.log share a value of n/],
  ['alter table shop.log add constraint c check (n < 2)', /1 row of shop.log do not meet the check/],
  [
    'alter table shop.log alter column what type integer using what::integer',
    SERVER_MAJOR >= 16
      ? /3 rows of shop.log do not read as integer/
      : /at least one row cannot be converted to integer/,
  ],
  [
    "alter table shop.log alter column what type date using (what || '!')::date",
    /at least one row cannot be converted to date/,
  ],
  [
    'alter table shop.customer alter column title type varchar(1)',
    /3 rows of shop.customer are longer than 1 in title/,
  ],
];

test.each(ROWS)('the rows do not allow it: %s', async (statement, says) => {
  const problem = await problemOf(bench.propose(statement));
  expect(problem.message).toMatch(says);
  expect(problem).toMatchObject({ code: 'target_mismatch', place: '1:1' });
});

test('orphans of a new foreign key are counted', async () => {
  await bench.admin.query('insert into shop.log values (null, null, 77)');
  const problem = await problemOf(
    bench.propose('alter table shop.log add foreign key (n) references shop.queue (place)'),
  );
  expect(problem.message).toMatch(/1 row of shop.log refer by n to nothing in shop.queue/);
  await bench.admin.query('delete from shop.log where n = 77');
});

test('rows that an earlier statement puts right are not held against a later one', async () => {
  const proposed = await bench.propose(
    "update shop.line set what = 'x' where what is null; alter table shop.line alter column what set not null",
  );
  expect(proposed.body.statements).toHaveLength(2);
});

test.each([
  [
    'delete from shop.owner',
    'pet_owner_fkey of shop.pet would change rows',
    '1 row of shop.pet (foreign key pet_owner_fkey, ON DELETE CASCADE)',
  ],
  [
    'delete from shop.owner o using shop.pet p where p.owner = o.id',
    'would change rows of shop.pet',
    '1 row of shop.pet',
  ],
  [
    'with gone as (select 1 as id) delete from only shop.owner as o using gone where gone.id = o.id',
    'would change rows of shop.pet',
    '1 row of shop.pet',
  ],
  [
    "update shop.chip set code = code || 'x', no = no where true",
    'tagged_code_fkey of shop.tagged would change rows',
    '1 row of shop.tagged (foreign key tagged_code_fkey, ON UPDATE SET NULL)',
  ],
  [
    "update shop.chip set (no, code) = (no, 'n')",
    'tagged_code_fkey of shop.tagged would change rows',
    '1 row of shop.tagged',
  ],
  [
    'delete from shop.chip',
    'are in the way',
    '1 row of shop.tagged (foreign key tagged_code_fkey, ON DELETE NO ACTION)',
  ],
])(
  'is refused before anybody is asked, over rows that refer to those it is about: %s',
  async (statement, why, which) => {
    const problem = await problemOf(bench.propose(statement));
    expect(problem).toMatchObject({ code: 'statement_refused', place: '1:1' });
    expect(problem.message).toContain(why);
    expect(problem.message).toContain(which);
  },
);

test.each([
  ['delete from shop.owner where id = 2'],
  ['delete from shop.pet; delete from shop.owner'],
  ["update shop.chip set code = code, no = 9 where code = 'a'"],
])(
  'is not refused over rows that it leaves alone, or that a statement before it is about: %s',
  async (statement) => {
    await expect(bench.propose(statement)).resolves.toMatchObject({ risk: expect.any(String) as string });
  },
);

test('a row that comes to refer to it before it is applied has it taken back as a whole', async () => {
  const change = changeOf(await bench.propose('delete from shop.owner where id = 2'));
  await bench.admin.query('insert into shop.pet values (2, 2)');
  const before = await bench.picture();
  const problem = await problemOf(bench.apply(change));
  expect(problem.code).toBe('statement_refused');
  expect(problem.message).toMatch(/foreign key pet_owner_fkey of shop.pet would change rows of shop.pet/);
  expect(await bench.picture()).toEqual(before);
  await bench.admin.query('delete from shop.pet where id = 2');
});

test('a delete that has nothing to cascade to runs', async () => {
  const before = await bench.picture();
  const { change, applied } = await bench.run('delete from shop.owner where id = 2');
  expect(applied.rows.deleted).toBe(1);
  await bench.undo(change, applied);
  expect(await bench.picture()).toEqual(before);
});

test('every error of syntax has its line and column', async () => {
  const problem = await problemOf(bench.propose('create table shop.t (a int);\n\n  alter tabel x'));
  expect(problem).toMatchObject({ code: 'invalid_sql', place: '3:9' });
});

test('a column that does not exist is found when proposing, with its place', async () => {
  const problem = await problemOf(bench.propose('update shop.log set n = 1 where nn = 2'));
  expect(problem).toMatchObject({ code: 'invalid_sql' });
  expect(problem.message).toMatch(/column "nn" does not exist/);
  expect(problem.place).toBe('1:33');
});

test('a file gives its name to every place', async () => {
  const problem = await problemOf(bench.propose('drop table shop.nothing', { file: 'migrate.sql' }));
  expect(problem.place).toBe('migrate.sql:1:1');
});

test.each(['', '  ', '-- nothing', ';;'])('a step without a statement (%j) is refused', async (text) => {
  expect(await problemOf(bench.propose(text))).toMatchObject({ code: 'invalid_sql' });
});
