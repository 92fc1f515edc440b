import { openBench, problemOf, type Bench } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(
    'sql_faults',
    `create schema live; create table live.orders (id int primary key, state text, note text);
     create table live.customers (id int primary key); create view live.open as select id from live.orders;
     insert into live.orders values (1, 'new', null)`,
  );
});
afterAll(() => bench?.close());

const faultsOf = async (statements: string): Promise<string[]> => {
  const problem = await problemOf(bench.propose(statements));
  return (problem.faults ?? []).map(({ path, message }) => `${path} ${message}`);
};

test('every fault of a script is reported at once, refused statements too, each at its place', async () => {
  const faults = await faultsOf(
    "alter table live.ordres add column a int;\nupdate live.orders set stats = 'x';\n  checkpoint;\ninsert into live.orders (id) select id from live.custmers;",
  );
  expect(faults).toHaveLength(4);
  expect(faults[0]).toMatch(/^1:1 There is no table live.ordres. Did you mean "live.orders"\?/);
  expect(faults[1]).toMatch(/^2:24 column "stats" of relation "orders" does not exist/);
  expect(faults[2]).toMatch(/^3:3 CHECKPOINT is not a statement that Sluice can take back/);
  expect(faults[3]).toMatch(/^4:45 relation "live.custmers" does not exist. Did you mean "live.customers"\?/);
});

test('one fault alone is reported as itself, with its place', async () => {
  const problem = await problemOf(bench.propose('drop table live.order'));
  expect(problem).toMatchObject({ code: 'target_mismatch', place: '1:1' });
  expect(problem.message).toContain('Did you mean "live.orders"?');
  expect(problem.faults).toBeUndefined();
});

test('what an earlier statement that failed would have made is not held against a later one', async () => {
  const faults = await faultsOf(
    'create unlogged table live.t (a int); insert into live.t values (1); alter table live.t add column b int; checkpoint',
  );
  expect(faults.map((each) => each.slice(0, 5))).toEqual(['1:1 A', '1:107'.slice(0, 5)]);
});

test('every statement that PostgreSQL cannot parse is reported, not the first alone', async () => {
  const faults = await faultsOf(
    "creat table live.a (a int);\nupdate live.orders set note = ';' where id = 1;\nupdate live.orders sett note = 'a;b';\ndrop table live.nothing",
  );
  expect(faults.map((each) => each.split(' ')[0])).toEqual(['1:1', '3:25', '4:1']);
});

test('every action of an ALTER TABLE that is refused is reported', async () => {
  const faults = await faultsOf(
    'alter table live.orders disable rule r, add column b int, inherit live.customers',
  );
  expect(faults.length).toBeGreaterThanOrEqual(2);
});

test('every parameter that is not declared is reported', async () => {
  const faults = await faultsOf('delete from live.orders where id = :a or note = :b');
  expect(faults.map((each) => each.split(' ')[0])).toEqual(['1:36', '1:49']);
});

test('the near name is found in another schema, and for a column', async () => {
  expect((await problemOf(bench.propose('drop table orders'))).message).toContain(
    'There is no table public.orders. Did you mean "live.orders"?',
  );
  expect((await problemOf(bench.propose('alter table live.orders drop column notes'))).message).toContain(
    'live.orders has no column notes. Did you mean "note"?',
  );
});

test.each([
  [
    'create view live.v as select stat from live.orders with check option',
    '1:30',
    /column "stat" does not exist/,
  ],
  ['create table live.t as select * from live.nowhere', '1:38', /relation "live.nowhere" does not exist/],
  ['delete from live.orders where nn = 2', '1:31', /column "nn" does not exist/],
])('a name that does not exist is found at its place: %s', async (statement, place, says) => {
  const problem = await problemOf(bench.propose(statement));
  expect(problem.message).toMatch(says);
  expect(problem).toMatchObject({ code: 'invalid_sql', place });
});

test.each([
  ['vacuum /* now */ (full)', 'VACUUM'],
  ['call live.p()', 'CALL'],
  ['create role r', 'CREATE ROLE'],
  ['create event trigger e on ddl_command_end execute function f()', 'CREATE EVENT TRIGGER'],
  ['create foreign data wrapper w', 'CREATE FOREIGN DATA WRAPPER'],
  ['alter system set work_mem = 1', 'ALTER SYSTEM'],
  ['set work_mem = 1', 'SET work_mem'],
  ['commit', 'COMMIT'],
])('a refused statement is called by the words that were written: %s', async (statement, words) => {
  const { message } = await problemOf(bench.propose(statement));
  expect(message).toMatch(new RegExp(`^${words} is `));
});
