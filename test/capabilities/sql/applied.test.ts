import { fingerprintRelations } from '../../../warehouses/postgres/fingerprint-relations';
import { openBench, problemOf, type Bench, type Done } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(
    'sql_applied',
    'create schema live; create table live.t (id int primary key, a text); insert into live.t values (1, null)',
  );
});
afterAll(() => bench?.close());

/** What the engine writes into the ledger in the same transaction. */
async function note({ change, applied }: Done, run: string): Promise<void> {
  await bench.admin.query(
    `insert into sluice.change (change_id, run_id, goal, step, kind, state, writes, applied) values ($1, $2, 'test', 'step', 'sql', 'applied', $3, $4)`,
    [change.id, run, change.writes, JSON.stringify(applied)],
  );
}

test('the same step again says which run applied it and does nothing, also when other columns came since', async () => {
  const text = 'alter table live.t add column b int; update live.t set b = 1 where b is null';
  const done = await bench.run(text);
  await note(done, 'first');
  await bench.admin.query('alter table live.t add column other int');
  const again = await bench.propose(`-- now with a comment\n${text}`);
  expect(again).toMatchObject({ noop: true, risk: 'read', writes: [] });
  expect(again.title).toMatch(/^nothing to do: applied by run first on 20\d\d-/);

  // Another text is another change.
  expect((await problemOf(bench.propose('alter table live.t add column b int'))).message).toMatch(
    /has a column b already/,
  );
});

test('what does not stand any more is proposed again', async () => {
  await bench.admin.query('alter table live.t drop column b');
  const again = await bench.propose(
    'alter table live.t add column b int; update live.t set b = 1 where b is null',
  );
  expect(again.noop).toBe(false);
  await bench.admin.query("update sluice.change set state = 'undone'");
  expect(
    (await bench.propose('alter table live.t add column b int; update live.t set b = 1 where b is null'))
      .noop,
  ).toBe(false);
});

test.each([
  'insert into live.t (id) select max(id) + 1 from live.t',
  'create table if not exists live.kept (id int); insert into live.kept values (1)',
  "create or replace view live.v as select id from live.t; update live.t set a = 'x'",
])('a step that is meant to run each time runs each time: %s', async (text) => {
  await note(await bench.run(text), 'before');
  expect((await bench.propose(text)).noop).toBe(false);
});

test('what the catalogue does not show by itself stands as long as the structure is as it was left', async () => {
  const text =
    "alter table live.t alter column a set default 'x'; alter table live.t add constraint c check (id > 0)";
  const done = await bench.run(text);
  await note(done, 'with a default');
  const session = {
    query: async (sql: string, values: unknown[]) => (await bench.admin.query(sql, values)).rows as unknown[],
  };
  await bench.admin.query('update sluice.change set after = $2 where change_id = $1', [
    done.change.id,
    await fingerprintRelations(session as never, done.change.writes),
  ]);
  expect((await bench.propose(text)).title).toMatch(/applied by run with a default/);
  await bench.admin.query("alter table live.t alter column a set default 'y'");
  expect((await bench.propose(text)).noop).toBe(false);
});
