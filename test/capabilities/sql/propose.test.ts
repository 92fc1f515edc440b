import { Client } from 'pg';
import { startupOptions } from '../../../warehouses/postgres/settings';
import { Aside } from '../../../capabilities/sql/plan';
import { sql } from '../../../capabilities/sql';
import { changeOf, leftAside, openBench, type Bench } from './harness';
import { SHOP } from './shop';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench('sql_propose', SHOP);
  await bench.admin.query(`
    create table shop.big as select n, n % 10 as ten, repeat('x', 100) as pad from generate_series(1, 20000) n;
    alter table shop.big owner to sluice_writer; analyze shop.big;
    alter table shop.log owner to sluice_writer; analyze shop.log`);
});
afterAll(() => bench?.close());

test.each([
  ['create schema s', 'additive'],
  ['create table shop.t (a int)', 'additive'],
  ['alter table shop.log add column c int', 'additive'],
  ['create index i on shop.log (n)', 'additive'],
  ['create view shop.v as select 1 as a', 'additive'],
  ['insert into shop.log (n) values (1)', 'additive'],
  ['alter table shop.log alter column n set default 1', 'additive'],
  ["insert into shop.queue values (1) on conflict (place) do update set what = 'x'", 'rewriting'],
  ['update shop.log set n = 1', 'rewriting'],
  ['alter table shop.log alter column n type bigint', 'rewriting'],
  ['alter table shop.log rename to l', 'rewriting'],
  ['alter table shop.log rename column n to m', 'rewriting'],
  ['create or replace view shop.big_orders as select 1 as id, null::text as email', 'rewriting'],
  ['delete from shop.log where n = 1', 'destructive'],
  ['drop table shop.log', 'destructive'],
  ['drop view shop.big_orders', 'destructive'],
  ['alter table shop.log drop column n', 'destructive'],
  ['create table shop.t (a int); drop table shop.log; create table shop.u (a int)', 'destructive'],
])('%s is %s', async (statements, risk) => {
  expect(await bench.propose(statements)).toMatchObject({ risk, noop: false, routine: false, sources: {} });
});

test('what is read and written is named, with its schema', async () => {
  const proposed = await bench.propose(`
    with q as (select * from shop.customer) insert into shop.log (n) select o.id from shop.orders o, q;
    alter table shop.log rename to diary;
    create table public.t (c bigint references shop.customer);
    create schema s; drop index shop.orders_state; alter index shop.orders_once rename to once`);
  expect(proposed.writes).toEqual(['public.t', 's.*', 'shop.diary', 'shop.log', 'shop.orders']);
  expect(proposed.reads).toEqual(['shop.customer']);
});

test('the title of one statement says it, of several says on what', async () => {
  expect((await bench.propose('alter table shop.log drop column n')).title).toBe('drop column n of shop.log');
  expect((await bench.propose('drop view shop.big_orders; delete from shop.log')).title).toBe(
    '2 statements on shop.big_orders, shop.log',
  );
});

test('the same input gives the same proposal', async () => {
  const statements =
    'update shop.orders set amount = 1 where id = 1; drop view shop.big_orders, shop.open_orders; alter table shop.orders drop column state';
  const [first, second] = [await bench.propose(statements), await bench.propose(statements)];
  await bench.admin.query("select nextval('shop.orders_id_seq')");
  expect(second).toEqual(first);
  expect({ ...(await bench.propose(statements)) }).toEqual(first);
});

test('a proposal changes nothing and holds no values of rows', async () => {
  const before = await bench.picture();
  const proposed = await bench.propose(
    "update shop.customer set credit = 1 where email = 'a@x'; delete from shop.line; drop table shop.line",
  );
  expect(await bench.picture()).toEqual(before);
  expect(JSON.stringify({ ...proposed, body: undefined })).not.toMatch(/Ann|O'Neil|desk/);
});

test('what is there already, or is not there, is nothing to do', async () => {
  const proposed = await bench.propose(
    'create schema if not exists shop; drop table if exists shop.nothing; create table if not exists shop.log (a int); alter table if exists shop.none add column a int; alter table shop.log add column if not exists n int, drop column if exists nn; drop index if exists shop.nn; drop view if exists shop.nn; create index if not exists orders_state on shop.orders (id)',
  );
  expect(proposed).toMatchObject({ noop: true, risk: 'read', writes: [], findings: [] });
  expect(proposed.title).toMatch(
    /^nothing to do: the schema shop exists; there is no such table; shop.log exists/,
  );
  const { applied, checks } = await bench.apply(changeOf(proposed));
  expect([applied.rows.inserted, checks]).toEqual([0, []]);
});

test('rows are estimated from statistics, with what is kept for the undo', async () => {
  const some = await bench.propose('delete from shop.big where ten = 3');
  expect(some.estimate.rows).toBeGreaterThan(1500);
  expect(some.estimate.rows).toBeLessThan(2500);
  expect(some.estimate.undoBytes).toBeGreaterThan(1500 * 100);
  expect(some.estimate.locks).toBe('shop.big: other writers wait until the step is done, readers go on');
  const all = await bench.propose('drop table shop.big');
  expect(all.estimate).toMatchObject({ rows: 20000, bytes: 0 });
  expect(all.estimate.undoBytes).toBeGreaterThan(2_000_000);
  const pad = await bench.propose('alter table shop.big drop column pad');
  expect(pad.estimate.undoBytes).toBeGreaterThan(20000 * 100);
  const values = await bench.propose('insert into shop.log (n) values (1), (2), (3)');
  expect(values.estimate.rows).toBe(3);
});

test.each([
  ['delete from shop.log', 'no_where'],
  ['update shop.log set n = 1', 'no_where'],
  ['alter table shop.log rename to l', 'rename_breaks_readers'],
  ['alter table shop.log rename column n to m', 'rename_breaks_readers'],
  ['alter table shop.log drop column n', 'drop_breaks_readers'],
  ['drop table shop.log', 'drop_breaks_readers'],
  ['create index i on shop.log (n)', 'index_blocks_writers'],
  ['alter table shop.log alter column n type bigint', 'type_change_rewrites'],
  [
    'create table shop.t (a int not null); alter table shop.t add column b int not null',
    'not_null_without_default',
  ],
  ['alter table shop.log add column u uuid default gen_random_uuid()', 'column_rewrites'],
  ['alter table shop.queue alter column what set not null', 'not_null_scans'],
  ['alter table shop.queue add constraint c check (place > 0)', 'check_scans'],
  ['alter table shop.queue add unique (what)', 'key_builds_index'],
  [
    'alter table shop.line add foreign key (no) references shop.queue not valid; alter table shop.queue add foreign key (place) references shop.queue',
    'foreign_key_blocks_writers',
  ],
  ['create table shop.t (a int)', 'no_primary_key'],
  ['update shop.log set at = now()', 'time_function'],
  ['insert into shop.log select current_timestamp, null, 1', 'time_function'],
])('%s is remarked on: %s', async (statements, rule) => {
  const { findings } = await bench.propose(statements);
  expect(findings.map((finding) => finding.rule)).toContain(rule);
  expect(findings.every((finding) => finding.place !== undefined)).toBe(true);
});

describe('a trigger is no loss where it only sets values of the rows that are written', () => {
  afterEach(() =>
    bench.admin.query('drop table if exists shop.fired; drop function if exists shop.fire() cascade'),
  );

  const BODY: [body: string, lossy: boolean][] = [
    ['begin new.last_update = now(); return new; end', false],
    [
      `declare was text := old.a; begin if tg_op = 'UPDATE' and new.a is distinct from was then new.a := upper(new.a) || '!'; end if; return new; end`,
      false,
    ],
    [`begin raise exception 'no'; end`, false],
    ['begin insert into shop.log values (now(), new.a, 1); return new; end', true],
    [`begin perform shop.write(); return new; end`, true],
    [`begin new.n := nextval('shop.orders_id_seq'); return new; end`, true],
    [`begin execute 'select 1'; return new; end`, true],
    [`begin new.a := (select what from shop.log limit 1); return new; end`, false],
    [`begin new.n := shop.write(); return new; end`, true],
  ];

  test.each(BODY)('%s', async (body, lossy) => {
    await bench.admin
      .query(`create table shop.fired (a text, n int, last_update timestamptz); alter table shop.fired owner to sluice_writer;
      create or replace function shop.write() returns int language plpgsql as 'begin return 1; end';
      create function shop.fire() returns trigger language plpgsql as $$${body}$$;
      create trigger fire before update on shop.fired for each row execute function shop.fire()`);
    expect((await bench.propose(`update shop.fired set a = 'x'`)).lossy).toEqual(
      lossy ? ['what the trigger fire of shop.fired does to anything but the rows written'] : [],
    );
  });

  test('nor is one of PostgreSQL’s own; one that calls what acts in its WHEN is', async () => {
    await bench.admin.query(`create table shop.fired (a text); alter table shop.fired owner to sluice_writer;
      create or replace function shop.write() returns int language plpgsql as 'begin return 1; end';
      create trigger fire before update on shop.fired for each row execute function suppress_redundant_updates_trigger()`);
    const lossy = async (): Promise<string[]> => (await bench.propose(`update shop.fired set a = 'x'`)).lossy;
    expect(await lossy()).toEqual([]);
    await bench.admin
      .query(`create trigger other before update on shop.fired for each row when (shop.write() > 0)
      execute function suppress_redundant_updates_trigger()`);
    expect(await lossy()).toEqual([expect.stringContaining('the trigger other')]);
  });
});

test('what undo cannot bring back is said before', async () => {
  expect((await bench.propose("update shop.orders set note = 'x'")).lossy).toEqual([]);
  expect((await bench.propose('delete from shop.orders where false')).lossy).toEqual([]);
  await bench.admin.query(
    "create materialized view shop.held as select email from shop.customer; create sequence shop.shared; create table shop.draws (n int default nextval('shop.shared')); alter table shop.draws owner to sluice_writer",
  );
  const [place] = (await bench.propose('alter table shop.customer drop column title')).lossy;
  expect(place).toMatch(
    /the place of the column title: it comes back as the last one of shop.customer, because materialized view shop.held/,
  );
  const [again] = (
    await bench.propose(
      'alter table shop.customer add column y int; alter table shop.customer drop column title',
    )
  ).lossy;
  expect(again).toBe(place);
  expect((await bench.propose('insert into shop.draws default values')).lossy).toEqual([
    'numbers drawn from the sequence shop.shared, which shop.draws shares',
  ]);
  for (const none of [
    'update shop.draws set n = n + 1',
    'insert into shop.draws values (7)',
    'insert into shop.draws (n) select 1',
  ])
    expect((await bench.propose(none)).lossy).toEqual([]);
  for (const draws of ['update shop.draws set n = default', 'insert into shop.draws values (default)'])
    expect((await bench.propose(draws)).lossy).toHaveLength(1);
  await bench.admin.query(
    'drop materialized view shop.held; drop table shop.draws; drop sequence shop.shared',
  );
});

test('a column whose place cannot be kept still comes back with its values', async () => {
  await bench.admin.query('create materialized view shop.held as select email from shop.customer');
  const before = await bench.picture();
  const { change, applied } = await bench.run('alter table shop.customer drop column title');
  await bench.undo(change, applied);
  await bench.admin.query('drop materialized view shop.held');
  const after = await bench.picture();
  expect(after.rows['shop.customer']).toHaveLength(before.rows['shop.customer']!.length);
  expect(after.rows['shop.customer']!.every((row) => row.endsWith(',Mx)'))).toBe(true);
});

test('parameters are bound as values and as quoted identifiers', async () => {
  const params = { table: 'we"ird; drop', who: "it's; drop table x --", n: -5, big: 5_000_000_000, on: true };
  const { change, applied } = await bench.run(
    'create table shop.:"table" (a int, b text, c bigint, d boolean); insert into shop.:"table" values (:n, :who, :big, :on) -- :nothing',
    { params },
  );
  expect(applied.rows.inserted).toBe(1);
  const { rows } = await bench.admin.query('select * from shop."we""ird; drop"');
  expect(rows).toEqual([{ a: -5, b: params.who, c: '5000000000', d: true }]);
  await bench.undo(change, applied);
});

test('a relation that an earlier step makes is looked at as it will be, not as it is', async () => {
  const proposed = await bench.propose('alter table shop.log alter column n set not null', {
    pending: ['shop.log'],
  });
  expect(proposed.estimate.rows).toBeUndefined();
});

test('the file travels with the goal', () => {
  expect(sql.bundle!({ file: 'a.sql' })).toEqual(['a.sql']);
  expect(sql.bundle!({ statements: 'select 1' })).toEqual([]);
  expect(sql.input.safeParse({ file: 'a', statements: 'b' }).success).toBe(false);
  expect(sql.input.safeParse({}).success).toBe(false);
  expect(sql.input.safeParse({ file: 'a', other: 1 }).success).toBe(false);
  expect(sql.input.safeParse({ statements: 'select 1' }).success).toBe(true);
});

/** The text of an undo is what an operator is left with: with its mark filled in, it does what the program does. */
test.each([
  'alter table shop.orders drop column channel',
  'drop table shop.line',
  'update shop.queue set what = place::text; ',
  'delete from shop.line where order_id = 3',
  'alter table shop.queue alter column what type integer using 1',
  'drop view shop.big_orders, shop.open_orders',
])('an operator can run the undo of %s by hand', async (statements) => {
  await bench.admin.query('analyze shop.queue');
  const before = await bench.picture();
  const { change } = await bench.run(statements);
  expect(await bench.picture()).not.toEqual(before);
  const mark = /^before_(.*)_1$/.exec(Aside.of(change.id).name('before', 1).bare)![1]!;
  const operator = new Client({ connectionString: bench.database.url, options: startupOptions() });
  await operator.connect();
  await operator.query(`begin; ${change.undo.replaceAll('<change>', mark)}; commit`);
  await operator.end();
  expect(await bench.picture()).toEqual(before);
  expect(await leftAside(bench.admin)).toEqual([]);
});

test.each([
  ['check (place > 0) not valid', 'shop.queue: readers and writers wait for a moment'],
  ['check (place > 0)', 'shop.queue: readers and writers wait while every row is checked'],
  [
    'foreign key (place) references shop.customer not valid',
    'shop.queue: other writers wait for a moment, readers go on; shop.customer: other writers wait for a moment, readers go on',
  ],
])('the locks of a new constraint are those of the tables it is about: %s', async (constraint, locks) => {
  expect((await bench.propose(`alter table shop.queue add ${constraint}`)).estimate.locks).toBe(locks);
});
