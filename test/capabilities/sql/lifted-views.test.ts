import { leftAside, openBench, problemOf, type Bench } from './harness';

jest.setTimeout(60_000);

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(
    'sql_lifted_views',
    `create schema live;
     create table live.t (id int primary key, a int, b text); insert into live.t values (1, 10, 'x'), (2, 20, 'y');
     create view live.z_base with (security_barrier = true) as select id, a + 1 as next from live.t;
     comment on view live.z_base is 'base'; comment on column live.z_base.next is 'next'; grant select on live.z_base to public;
     alter view live.z_base alter column next set default 7;
     create view live.a_top as select sum(next) as total from live.z_base;
     create materialized view live.m with (fillfactor = 70) as select t.id, t.a, v.total from live.t t, live.a_top v;
     create unique index m_id on live.m (id); comment on materialized view live.m is 'kept';
     create materialized view live.empty as select a from live.m with no data;
     create view live.other as select id, b from live.t`,
  );
});
afterAll(() => bench?.close());

test('views and materialized views over a column are made again around a change of its type, and its undo', async () => {
  const before = await bench.picture();
  const { rows: was } = await bench.admin.query('select * from live.m order by id');
  const statement = 'alter table live.t alter column a type numeric(10, 2) using a / 4.0';
  const proposed = await bench.propose(statement);
  expect(proposed.writes).toEqual(['live.a_top', 'live.empty', 'live.m', 'live.t', 'live.z_base']);
  expect(proposed.apply).toMatch(
    /drop materialized view "live"\."empty";[^]*drop view "live"\."z_base";[^]*alter column a type[^]*create view "live"\."z_base"[^]*create view "live"\."a_top"/,
  );
  expect(proposed.undo).toMatch(/drop view "live"\."a_top"[^]*create materialized view live\.m /);
  expect(proposed.lossy).toEqual([
    expect.stringMatching(/^the rows of live\.m are those that its query gives/),
    expect.stringMatching(/^the rows of live\.empty are/),
  ]);
  const { change, applied } = await bench.run(statement);
  const { rows } = await bench.admin.query('select total::text, a::text from live.m order by id');
  expect(rows[0]).toEqual({ total: '9.50', a: '2.50' });
  // Its storage is that of its new type.
  const { rows: stored } = await bench.admin.query(
    `select attstorage::text as as from pg_attribute where attrelid = 'live.m'::regclass and attname = 'a'`,
  );
  expect(stored).toEqual([{ as: 'm' }]);
  const filled = await bench.admin.query(
    `select relname, relispopulated as filled from pg_class where relkind = 'm' order by 1`,
  );
  expect(filled.rows).toEqual([
    { relname: 'empty', filled: false },
    { relname: 'm', filled: true },
  ]);
  await bench.undo(change, applied);
  expect(await bench.picture()).toEqual(before);
  expect((await bench.admin.query('select * from live.m order by id')).rows).toEqual(was);
  expect(await leftAside(bench.admin)).toEqual([]);
});

test('a view that reads other columns is not touched', async () => {
  const { change, applied } = await bench.run('alter table live.t alter column a type bigint');
  const oid = async (): Promise<unknown> =>
    (await bench.admin.query(`select 'live.other'::regclass::oid as oid`)).rows[0];
  const there = await oid();
  await bench.undo(change, applied);
  expect(await oid()).toEqual(there);
});

test('a view that could not be made again is named', async () => {
  await bench.admin.query(
    `create role sluice_test_other_owner; alter view live.a_top owner to sluice_test_other_owner`,
  );
  try {
    const problem = await problemOf(bench.propose('alter table live.t alter column a type bigint'));
    expect(problem).toMatchObject({
      code: 'target_mismatch',
      message: expect.stringContaining('live.a_top, which belongs to sluice_test_other_owner') as string,
    });
  } finally {
    await bench.admin.query(
      `reassign owned by sluice_test_other_owner to current_user; drop owned by sluice_test_other_owner; drop role sluice_test_other_owner`,
    );
  }
});

test('a view that a column is dropped from under is named, and stays', async () => {
  expect((await problemOf(bench.propose('alter table live.t drop column b'))).message).toContain(
    'view live.other',
  );
});
