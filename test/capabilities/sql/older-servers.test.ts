import { SERVER_MAJOR } from '../../support/postgres';
import { openBench, problemOf, type Bench } from './harness';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(
    'sql_older',
    `create schema s;
     create table s.t (id int primary key, t text, sluice_old int);
     insert into s.t values (1, 'a', 1), (2, 'b', 2), (3, null, 3)`,
  );
});
afterAll(() => bench?.close());

const OLDER = SERVER_MAJOR < 18;
(OLDER ? describe : describe.skip)('on a server before 18', () => {
  test.each([
    [
      'INSERT … ON CONFLICT DO UPDATE',
      'insert into s.t values (1) on conflict (id) do update set t = excluded.t',
    ],
    ['MERGE', 'merge into s.t using (select 1 as n) x on t.id = x.n when matched then delete'],
  ])('%s is refused when it is proposed, with what to write instead', async (what, statement) => {
    const problem = await problemOf(bench.propose(statement));
    expect(problem).toMatchObject({ code: 'target_mismatch', place: '1:1' });
    expect(problem.message).toContain(`${what} needs PostgreSQL 18`);
    expect(problem.next).toContain('INSERT');
  });

  test('the change says how its rows are kept, so that a newer shadow runs the same text', async () => {
    const change = await bench.propose('update s.t set t = t || id');
    expect(change.body.plain).toBe(true);
    expect(change.apply).not.toContain('returning with');
  });

  test('structure alone says nothing of it', async () => {
    expect((await bench.propose('alter table s.t add n int')).body).not.toHaveProperty('plain');
  });
});

(OLDER ? describe.skip : describe)('on 18', () => {
  test('rows are kept by RETURNING OLD and NEW', async () => {
    const change = await bench.propose('update s.t set t = t || id');
    expect(change.body).not.toHaveProperty('plain');
    expect(change.apply).toContain('returning with');
  });
});

test.each([
  'update s.t set t = sluice_old where sluice_old > 1',
  'update s.t as "set" set t = "set".t || 1 where "set".id = 1 or true',
  'update s.t t set t = upper(t.t), sluice_old = null',
  'delete from s.t as t where t.t is null',
  `insert into s.t select id + 10, t || 'x' from s.t on conflict do nothing`,
])('a change proposed for an older server is applied and taken back on any: %s', async (statement) => {
  const before = await bench.picture();
  const proposed = await bench.propose(statement);
  const change = {
    ...proposed,
    ...{ id: `run-older/1/${statement}`, step: 'step', kind: 'sql', fingerprints: {} },
    body: { ...proposed.body, plain: true as const },
  };
  const { applied, checks } = await bench.apply(change);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(await bench.picture()).not.toEqual(before);
  await bench.undo(change, applied);
  expect(await bench.picture()).toEqual(before);
});
