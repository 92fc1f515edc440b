import { changeOf, leftAside, openBench, problemOf, type Bench } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(
    'sql_by_hand',
    "create schema live; create table live.t (id int primary key, a text); insert into live.t values (1, 'x')",
  );
});
afterAll(() => bench?.close());

test('statements beyond the closed set are undone by the script that comes with them', async () => {
  const before = await bench.picture();
  const proposed = await bench.propose(
    'create rule quiet as on delete to live.t do instead nothing; update live.t set a = upper(a)',
    { undo: 'update live.t set a = lower(a); drop rule quiet on live.t' },
  );
  expect(proposed).toMatchObject({ risk: 'destructive', noop: false, writes: ['live.t'] });
  expect(proposed.findings.map(({ rule }) => rule)).toContain('undo_by_hand');
  const change = changeOf(proposed);
  const { applied } = await bench.apply(change);
  expect(await bench.picture()).not.toEqual(before);
  await bench.undo(change, applied);
  expect(await bench.picture()).toEqual(before);
  expect(await leftAside(bench.admin)).toEqual([]);
});

test.each([
  ['do $$ begin end $$', /DO is/],
  ['vacuum live.t', /VACUUM/],
  ['create index concurrently on live.t (a)', /CONCURRENTLY/],
  ['drop table live.t cascade', /CASCADE/],
  ['commit', /COMMIT/],
  ['create role r', /CREATE ROLE/],
  ['alter table sluice.change add column x int', /belongs to Sluice/],
  ['drop function sluice.f()', /belongs to Sluice/],
])('an undo by hand does not let through what no step may do: %s', async (statement, says) => {
  expect((await problemOf(bench.propose(statement, { undo: 'drop rule a on live.t' }))).message).toMatch(
    says,
  );
  expect((await problemOf(bench.propose('drop rule a on live.t', { undo: statement }))).message).toMatch(
    says,
  );
});
