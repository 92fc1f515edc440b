import type { SluiceError } from '../../../schemas/errors';
import { asWriter, changeOf, openBench, problemOf, type Bench } from './harness';
import { SHOP } from './shop';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench('sql_undo_refused');
});
beforeEach(async () => {
  await bench.admin.query('drop schema if exists shop, attic, other cascade');
  await asWriter(bench.database, SHOP);
});
afterAll(() => bench?.close());

/** What others do after a change, and what undo says of it. Whatever they did is still there afterwards. */
const REFUSED: [name: string, statements: string, others: string, says: RegExp][] = [
  [
    'a changed row of an update',
    'update shop.log set n = 9',
    "update shop.log set what = 'mine' where what = 'b'",
    /rows of shop.log that it left were changed/,
  ],
  [
    'a deleted row of an update',
    'update shop.orders set amount = 9',
    'delete from shop.line; delete from shop.orders where id = 1',
    /rows of shop.orders that it left were changed or deleted/,
  ],
  [
    'a changed row of an insert',
    "insert into shop.queue values (9, 'new')",
    "update shop.queue set what = 'mine' where place = 9",
    /rows of shop.queue/,
  ],
  [
    'a row that refers to an inserted one',
    "insert into shop.customer (email) values ('n@x')",
    "insert into shop.orders (customer_id, amount) select id, 1 from shop.customer where email = 'n@x'",
    /violates/,
  ],
  [
    'a row that would be set to null',
    "insert into shop.customer (email) values ('n@x')",
    "insert into shop.orders (customer_id, amount, email, note) values (100, 1, 'n@x', 'o')",
    /rows of shop.orders refer to rows that it put into shop.customer/,
  ],
  [
    'a taken key of a deleted row',
    'delete from shop.queue where place = 2',
    "insert into shop.queue values (2, 'mine')",
    /rows were put into shop.queue since under the keys/,
  ],
  [
    'a taken unique value of a deleted row',
    "delete from shop.line; delete from shop.orders; delete from shop.customer where email = 'a@x'",
    "insert into shop.customer (email) values ('a@x')",
    /customer_email_unique/,
  ],
  [
    'a parent that is gone',
    'delete from shop.line',
    'delete from shop.orders where id = 3',
    /violates foreign key/,
  ],
  [
    'rows in a new table',
    'create table shop.t (a int)',
    'insert into shop.t values (1)',
    /rows were put into shop.t since/,
  ],
  [
    'other rows in a new table made from a query',
    'create table shop.t as select 1 as a',
    'update shop.t set a = 2',
    /the rows of shop.t were changed/,
  ],
  [
    'a view upon a new table',
    'create table shop.t (a int)',
    'create view shop.on_t as select * from shop.t',
    /depend/,
  ],
  ['a relation in a new schema', 'create schema other', 'create table other.t ()', /depend/],
  [
    'values in a new column',
    'alter table shop.log add column c int',
    'update shop.log set c = 1 where n = 2',
    /rows of shop.log were given a value in c/,
  ],
  [
    'other values in a new column with a default',
    'alter table shop.log add column c int default 5',
    'insert into shop.log (c) values (5), (6)',
    /rows of shop.log were given a value in c/,
  ],
  [
    'rows in a table with a new identity',
    'alter table shop.log add column c int generated always as identity',
    'insert into shop.log default values',
    /values of c in shop.log were written/,
  ],
  [
    'a view upon a new column',
    'alter table shop.log add column c int',
    'create view shop.on_c as select c from shop.log',
    /depend/,
  ],
  [
    'a taken name of a dropped table',
    'drop table shop.log',
    'create table shop.log (mine int)',
    /another relation is called shop.log now/,
  ],
  [
    'a taken name of a dropped view',
    'drop view shop.big_orders',
    'create table shop.big_orders ()',
    /already exists/,
  ],
  [
    'a taken name of a dropped index',
    'drop index shop.orders_state',
    'create table shop.orders_state ()',
    /another relation is called shop.orders_state now/,
  ],
  [
    'a taken name of a renamed table',
    'alter table shop.log rename to diary',
    'create table shop.log ()',
    /another relation is called shop.log now/,
  ],
  [
    'a row under a dropped column',
    'alter table shop.orders drop column channel',
    "insert into shop.orders (customer_id, amount, note) values (100, 1, 'o')",
    /rows were written into shop.orders since; no value of channel/,
  ],
  [
    'a row under a dropped column, without a key',
    'alter table shop.log drop column what',
    'delete from shop.log where n = 2',
    /rows of shop.log were changed or deleted since/,
  ],
  [
    'a row under a new type',
    'alter table shop.queue alter column what type int using 1',
    'insert into shop.queue values (9, 9)',
    /rows were written into shop.queue/,
  ],
  [
    'another value of a new type',
    'alter table shop.queue alter column what type int using place',
    'update shop.queue set what = 50 where place = 1',
    /rows were written into shop.queue since, or have another value/,
  ],
  [
    'a value that the old type cannot hold',
    'alter table shop.customer alter column title type varchar(9); alter table shop.queue alter column place type bigint',
    'insert into shop.queue values (9999999999)',
    /rows of shop.queue hold a value in place that integer cannot hold/,
  ],
  [
    'a NULL under a dropped NOT NULL',
    'alter table shop.orders alter column amount drop not null',
    'update shop.orders set amount = null where id = 1',
    /rows of shop.orders hold NULL in amount/,
  ],
  [
    'duplicates under a dropped unique index',
    'drop index shop.orders_once',
    'insert into shop.orders (customer_id, amount, note) values (100, 1, null)',
    /could not create unique index|duplicate/,
  ],
  [
    'a row that a dropped check forbids',
    'alter table shop.customer drop constraint credit_not_negative',
    'update shop.customer set credit = -1 where id = 100',
    /credit_not_negative/,
  ],
  [
    'a foreign key upon a new key',
    'alter table shop.log add column k int generated always as identity, add primary key (k)',
    'create table shop.r (k int references shop.log)',
    /depend/,
  ],
];

test('undo refuses over a row of others in the same table that a key would be changed under', async () => {
  await bench.run(
    'create table shop.node (k int primary key, up int references shop.node on update cascade); insert into shop.node values (1, null)',
  );
  const { change, applied } = await bench.run('update shop.node set k = 7');
  await bench.admin.query('insert into shop.node values (8, 7)');
  const before = await bench.picture();
  const problem = await problemOf(bench.undo(change, applied));
  expect(problem.code).toBe('undo_refused');
  expect(problem.message).toMatch(/refer, by the foreign key node_up_fkey, to keys that it gave \(rows: 1\)/);
  expect(await bench.picture()).toEqual(before);
});

test.each(REFUSED)('undo refuses over %s', async (_name, statements, others, says) => {
  const { change, applied } = await bench.run(statements);
  await bench.admin.query(others);
  const before = await bench.picture();
  const problem = await problemOf(bench.undo(change, applied));
  expect(problem.code).toBe('undo_refused');
  expect(problem.message).toMatch(says);
  expect(problem.place).toMatch(/^\d+:\d+$/);
  expect(await bench.picture()).toEqual(before);
});

it.each([
  'alter table shop.pay drop column iban',
  'alter table shop.pay alter column fee type numeric(10,0)',
  "update shop.pay set iban = 'x'",
  'delete from shop.pay',
  "insert into shop.pay values (9, 'a', 'x', 1)",
  'alter table shop.pay alter column fee set not null',
])('keeps every row or refuses where row security is forced on the owner: %s', async (statement) => {
  await asWriter(
    bench.database,
    `create table shop.pay (id int primary key, tenant text, iban text, fee numeric(10,4));
     insert into shop.pay values (1, 'a', 'DE01', 1.2345), (2, 'b', 'DE02', 2.3456);
     alter table shop.pay enable row level security; alter table shop.pay force row level security;
     create policy tenant on shop.pay using (tenant = 'a') with check (true)`,
  );
  const before = await bench.picture();
  const change = changeOf(await bench.propose(statement));
  const refused = await bench.apply(change).then(
    ({ applied }) => bench.undo(change, applied),
    (error: SluiceError) =>
      expect(error.problem).toMatchObject({ code: 'permission_denied', place: expect.anything() as string }),
  );
  expect(refused).toBeUndefined();
  expect(await bench.picture()).toEqual(before);
});
