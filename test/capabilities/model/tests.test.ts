import { model } from '../../../capabilities/model';
import { runTest, testsOf } from '../../../capabilities/model/tests';
import type { TestInput } from '../../../capabilities/model/input';
import { failure, Workbench } from './workbench';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open('model_tests');
  await bench.run(`
    create schema raw;
    create table raw.parents (id integer);
    insert into raw.parents values (1), (2), (null);
    create table raw.rows ("a b" integer, b text, amount numeric, parent integer);
    insert into raw.rows values (1, 'x', 1.0, 1), (1, 'y', 2, 2), (1, 'y', 2, 9), (2, null, null, null), (null, 'z', 3, 7)`);
});
afterAll(() => bench.close());

const run = async (test: Omit<TestInput, 'severity'>, source = 'raw.rows') =>
  bench.place.read(async (session) => {
    const checks = [];
    for (const each of testsOf([{ ...test, severity: 'error' }])) {
      checks.push(await runTest(session, each, source, 'raw.rows'));
    }
    return checks;
  });

describe('counts the rows that break', () => {
  it.each([
    [{ not_null: 'a b' }, 1],
    [{ not_null: 'amount' }, 1],
    [{ unique: 'a b' }, 3],
    [{ unique: ['a b', 'b'] }, 2],
    [{ unique: ['a b', 'b', 'parent'] }, 0],
    [{ unique: 'parent', nulls: 'same' }, 0],
    [{ unique: 'b', nulls: 'same' }, 2],
    [{ accepted_values: { column: 'b', values: ['x', 'y'] } }, 1],
    [{ accepted_values: { column: 'b', values: ["x'; drop table raw.rows; --"] } }, 4],
    [{ accepted_values: { column: 'amount', values: [1, 2, '3.00'] } }, 0],
    [{ relationships: { column: 'parent', to: 'raw.parents', field: 'id' } }, 2],
    // The model itself: values of `a b` (1, 2) as parents.
    [{ relationships: { column: 'parent', to: 'raw.rows', field: 'a b' } }, 2],
  ] as const)('%j: %d', async (test, offending) => {
    const [check] = await run(test as unknown as TestInput);
    expect(check!.ok).toBe(offending === 0);
    expect(check!.message).toMatch(
      offending === 0 ? /^every row passes/ : new RegExp(`^${offending} rows? with `),
    );
  });

  it('of a check: a query of one’s own over the model before it is published, which is called `model` in it', async () => {
    const twice = { check: 'select "a b" from model group by 1 having count(*) > 1;', name: 'one row each' };
    const [failed] = await run({ ...twice, check: twice.check.replace(';', '') });
    expect(failed).toMatchObject({ name: 'one row each', ok: false });
    expect(failed!.message).toMatch(/^1 row with “one row each” broken/);
    const orphans =
      'with p as (select id from raw.parents) select from model where parent > (select max(id) from p)';
    expect((await run({ check: orphans }))[0]!.message).toMatch(/^2 rows /);
    expect((await run({ check: 'select from model where amount > 100' }))[0]).toMatchObject({ ok: true });
  });

  it('two rows with a null in a unique column only where nulls are said to be the same, and says that it did not compare them', async () => {
    const twice = `(select * from (values (1, null::int), (1, null), (2, 1)) v (a, b))`;
    const [distinct] = await run({ unique: ['a', 'b'] }, twice);
    expect(distinct).toMatchObject({
      ok: true,
      message: 'every row passes; 2 rows with a null in a, b were not compared',
    });
    const [same] = await run({ unique: ['a', 'b'], nulls: 'same' }, twice);
    expect(same).toMatchObject({ name: 'unique a, b (nulls: same)', ok: false });
    expect(same!.message).toMatch(/^2 rows with the same a, b as another/);
  });

  it('looks at what was built when a model refers to itself, not at what is published', async () => {
    const test = { relationships: { column: 'parent', to: 'raw.rows', field: 'parent' } };
    const [check] = await run(test, '(select 77 as parent)');
    expect(check!.ok).toBe(true);
  });

  it('makes one check of each column that must not be null', async () => {
    const checks = await run({ not_null: ['a b', 'b'] });
    expect(checks.map((check) => check.name)).toEqual(['not_null a b', 'not_null b']);
  });
});

it('messages hold no value of a row, and a query that shows them', async () => {
  const secret = 'jane@example.com';
  await bench.run(
    `create table raw.people as select '${secret}'::text as email, 1 as n from generate_series(1, 2)`,
  );
  const { message } = await failure(
    bench.build(model, {
      name: 'raw.m',
      sql: 'select * from raw.people',
      tests: [{ unique: 'email' }, { accepted_values: { column: 'email', values: ['none'] } }],
    }),
  );
  expect(message).not.toContain(secret);
  const look = /unique email: 2 rows with the same email as another; to see them: (select .*? > 1);/.exec(
    message,
  )![1]!;
  const rows = await bench.rows(look.replace("(the model's query)", '(select * from raw.people)'));
  expect(rows).toEqual([{ email: secret, count: '2' }]);
});

it('a failed warning is told, and does not keep the model back', async () => {
  const change = await bench.propose(model, {
    name: 'raw.warned',
    sql: 'select * from raw.rows',
    tests: [
      { not_null: 'b', severity: 'warning' },
      { not_null: 'b', severity: 'warning' },
    ],
  });
  const { checks } = await bench.apply(model, change);
  expect(checks.map(({ ok, severity }) => ({ ok, severity }))).toEqual([
    { ok: true, severity: 'error' },
    { ok: false, severity: 'warning' },
    { ok: false, severity: 'warning' },
  ]);
  expect(await bench.rows('select count(*)::int as n from raw.warned')).toEqual([{ n: 5 }]);
});
