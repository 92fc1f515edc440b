import { sqlInputSchema } from '../../../capabilities/sql/input';
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

const NEVER: [string, RegExp][] = [
  ['do $$ begin end $$', /DO is/],
  ['vacuum live.t', /VACUUM/],
  ['create index concurrently on live.t (a)', /CONCURRENTLY/],
  ['drop table live.t cascade', /CASCADE/],
  ['commit', /COMMIT/],
  ['create role r', /CREATE ROLE/],
  ['alter table sluice.change add column x int', /belongs to Sluice/],
  ['drop function sluice.f()', /belongs to Sluice/],
];

test.each(NEVER)('an undo by hand does not let through what no step may do: %s', async (statement, says) => {
  expect((await problemOf(bench.propose(statement, { undo: 'drop rule a on live.t' }))).message).toMatch(
    says,
  );
  expect((await problemOf(bench.propose('drop rule a on live.t', { undo: statement }))).message).toMatch(
    says,
  );
});

describe('a step that says that it cannot be undone', () => {
  const irreversible = true as const;

  test.each([
    ['cluster live.t using t_pkey', ['live.t']],
    ['alter table live.t set unlogged; alter table live.t set logged', ['live.t']],
    ['create type live.pair as (a int, b int); alter type live.pair drop attribute a', ['live.pair']],
    ['create materialized view live.m as select 1 as a; drop materialized view live.m', ['live.m']],
    ['reindex table live.t', ['live.t']],
    ['create cast (live.old as text) with inout', ['public.*']],
  ])(
    'may hold what has no undo, which is told, applied, and not taken back: %s',
    async (statements, writes) => {
      await bench.admin.query(
        'drop type if exists live.old cascade; create type live.old as enum (); alter type live.old owner to ' +
          (await ownerOf('live.t')),
      );
      const proposed = await bench.propose(statements, { irreversible });
      expect(proposed).toMatchObject({
        risk: 'destructive',
        noop: false,
        routine: false,
        irreversible,
        writes,
      });
      expect(proposed.lossy).toEqual([
        expect.stringMatching(/^this step says itself that it cannot be undone: /),
      ]);
      expect(proposed.findings.map(({ rule }) => rule)).toContain('irreversible');
      const change = changeOf(proposed);
      const { applied } = await bench.apply(change);
      const after = await bench.picture();
      expect(await problemOf(bench.undo(change, applied))).toMatchObject({
        code: 'undo_refused',
        message: expect.stringContaining('the step "step" says itself that it cannot be undone') as string,
      });
      expect(await bench.picture()).toEqual(after);
      expect(await leftAside(bench.admin)).toEqual([]);
    },
  );

  test.each([
    ...NEVER,
    ['reindex schema live', /REINDEX/],
    ['select pg_sleep(1)', /SELECT/],
    ['cluster', /CLUSTER/],
  ])('may not hold what no step may do: %s', async (statement, says) => {
    expect((await problemOf(bench.propose(statement, { irreversible }))).message).toMatch(says);
  });

  test('calls no function that acts outside of the transaction', async () => {
    const statement = "create index on live.t ((pg_read_file('/etc/passwd')))";
    expect((await problemOf(bench.propose(statement, { irreversible }))).code).toBe('statement_refused');
  });

  test('is what a refusal points to, where nothing but an undo is missing', async () => {
    for (const statement of [
      'cluster live.t using t_pkey',
      'alter table live.t set unlogged',
      'drop cast (int as text)',
    ])
      expect((await problemOf(bench.propose(statement))).next).toContain('irreversible: true');
    expect((await problemOf(bench.propose('vacuum live.t'))).next).not.toContain('irreversible: true');
  });

  test('does not say at the same time how it is undone', () => {
    const says = { statements: 'reindex table live.t', irreversible, undo: 'reindex table live.t' };
    expect(sqlInputSchema.safeParse(says).error?.message).toContain('not both');
    expect(sqlInputSchema.safeParse({ statements: 'x', irreversible: false }).success).toBe(false);
  });
});

async function ownerOf(table: string): Promise<string> {
  const { rows } = await bench.admin.query<{ owner: string }>(
    'select pg_get_userbyid(relowner)::text as owner from pg_class where oid = $1::regclass',
    [table],
  );
  return rows[0]!.owner;
}
