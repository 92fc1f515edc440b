import { model } from '../../../capabilities/model';
import { EXACT_BYTES, tokensOf } from '../../../capabilities/query/tokens';
import { reach } from '../../../capabilities/query/reach';
import { Workbench } from './workbench';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open('model_noop');
});
afterAll(() => bench.close());

const MODEL = { name: 'marts.total', sql: 'select carrier, sum(delay) as delay from raw.recent group by 1' };

beforeEach(async () => {
  await bench.reset();
  await bench.run(`
    create schema raw; create schema marts;
    create table raw.flights (carrier text, delay integer, day date) partition by range (day);
    create table raw.flights_13 partition of raw.flights for values from ('2013-01-01') to ('2014-01-01');
    insert into raw.flights select (array['UA', 'AA'])[1 + i % 2], i, date '2013-01-01' + i from generate_series(1, 300) i;
    create view raw.recent as select * from raw.flights where day > '2013-02-01'`);
});

const proposed = (raw: unknown = MODEL, options = {}) => bench.propose(model, raw, options);

describe.each(['table', 'view'])('a model as a %s that was built', (materialized) => {
  const input = { ...MODEL, materialized };
  beforeEach(async () => {
    await bench.build(model, input);
  });

  it('has nothing to do while its inputs are as they were', async () => {
    const change = await proposed(input);
    expect(change).toMatchObject({ noop: true, risk: 'read' });
    expect(change.title).toBe('marts.total is unchanged: its inputs are as they were when it was built');
    expect((await proposed(input)).noop).toBe(true);
  });

  it.each([
    ['a row is inserted', `insert into raw.flights values ('UA', 1, '2013-03-01')`],
    ['a row is updated, even to what it was', `update raw.flights set delay = delay where delay = 7`],
    ['a row is deleted', `delete from raw.flights where delay = 7`],
    [
      'rows are deleted and as many inserted',
      `delete from raw.flights where delay = 7; insert into raw.flights values ('UA', 7, '2013-01-08')`,
    ],
    [
      'a partition comes',
      `create table raw.flights_14 partition of raw.flights for values from ('2014-01-01') to ('2015-01-01')`,
    ],
    ['the input is truncated', 'truncate raw.flights'],
    ['the view that it reads is redefined', 'create or replace view raw.recent as select * from raw.flights'],
    ['its own structure is changed', 'grant select on marts.total to public'],
    ['it is gone', `drop ${materialized} marts.total`],
  ])('is built again when %s', async (_what, sql) => {
    await bench.run(sql);
    expect((await proposed(input)).noop).toBe(false);
  });

  it('sees at once what a session wrote that has not reported its statistics yet', async () => {
    // The second write within a second stays with its session for up to ten.
    await bench.run(`insert into raw.flights values ('UA', 1, '2013-03-01')`);
    await bench.build(model, input);
    await bench.run(`insert into raw.flights values ('UA', 1, '2013-03-01')`);
    await bench.run(`insert into raw.flights values ('UA', 1, '2013-03-01')`);
    expect((await proposed(input)).noop).toBe(false);
  });

  it.each([
    ['query', { sql: `${MODEL.sql} having count(*) > 1` }],
    ['tests', { tests: [{ not_null: 'carrier' }] }],
    ['description', { description: 'Sum' }],
  ])('is built again with another %s', async (_what, more) => {
    expect((await proposed({ ...input, ...more })).noop).toBe(false);
  });

  it('is built again with another value of a parameter, and not with the same', async () => {
    const sql = `${MODEL.sql} having sum(delay) > :least`;
    const options = { params: { least: 10 } };
    await bench.build(model, { ...input, sql }, options);
    expect((await proposed({ ...input, sql }, options)).noop).toBe(true);
    expect((await proposed({ ...input, sql }, { params: { least: 11 } })).noop).toBe(false);
  });

  it('is built again when an earlier step of the run changes an input', async () => {
    expect((await proposed(input, { pending: ['raw.flights_13'] })).noop).toBe(false);
  });

  it('has nothing to do again once a later build was undone', async () => {
    const other = await bench.build(model, { ...input, sql: `${MODEL.sql} limit 1` });
    expect((await proposed(input)).noop).toBe(false);
    await bench.undo(model, other);
    expect((await proposed(input)).noop).toBe(true);
  });
});

it('is built, and tested, again when what a test looks at has changed', async () => {
  await bench.run(`create table raw.airlines (carrier text); insert into raw.airlines values ('UA'), ('AA')`);
  const tests = [{ relationships: { column: 'carrier', to: 'raw.airlines', field: 'carrier' } }];
  await bench.build(model, { ...MODEL, tests });
  expect((await proposed({ ...MODEL, tests })).noop).toBe(true);
  await bench.run(`delete from raw.airlines where carrier = 'UA'`);
  expect((await proposed({ ...MODEL, tests })).noop).toBe(false);
});

it('is built again when others wrote into it', async () => {
  await bench.build(model, MODEL);
  await bench.run('update marts.total set delay = 0');
  expect((await proposed()).noop).toBe(false);
});

it('is built again when a step of another kind wrote into it', async () => {
  await bench.build(model, MODEL);
  await bench.run(`insert into sluice.change (change_id, run_id, goal, step, kind, state, writes, applied)
    values ('x', 'r', 'g', 's', 'sql', 'applied', '{marts.total}', '{}')`);
  expect((await proposed()).noop).toBe(false);
});

it.each([
  'select carrier, now() as at from raw.recent',
  'select carrier, current_date as at from raw.recent',
  `select carrier from raw.recent where day < 'today'`,
  'select carrier, random() as r from raw.recent',
  'select carrier, age(day::timestamp) as old from raw.recent',
  'select carrier from raw.flights_13 tablesample system (50)',
  'select carrier, raw.own(delay) as delay from raw.recent',
  'select carrier from raw.clocked',
])('is always built again where the clock or chance has a say: %s', async (sql) => {
  await bench.run(`
    create function raw.own(integer) returns integer language sql immutable as 'select $1';
    create view raw.clocked as select * from raw.flights where day < now()`);
  await bench.build(model, { name: 'marts.total', sql });
  expect((await proposed({ name: 'marts.total', sql })).noop).toBe(false);
});

it.each([
  `select carrier, to_char(day, 'YYYY') as y, concat(carrier, delay) as c from raw.recent`,
  `select date_trunc('month', day) as m, avg(delay)::numeric(8,2) as d from raw.recent group by 1 order by 1`,
  `with x as (select * from raw.recent) select carrier, row_number() over (order by day, delay) as n from x`,
])('is not built again for settings that every session pins: %s', async (sql) => {
  await bench.build(model, { name: 'marts.total', sql });
  expect((await proposed({ name: 'marts.total', sql })).noop).toBe(true);
});

describe('tokens of big tables', () => {
  it('are the counters of the server, reported at the end of every transaction of Sluice', async () => {
    await bench.run('create table raw.big (id integer); insert into raw.big values (1)');
    await bench.run('select pg_stat_force_next_flush()');
    const token = () =>
      bench.place.read(async (session) => {
        const inputs = await reach(session, ['raw.big']);
        const big = {
          ...session,
          serverMajor: () => session.serverMajor(),
          query: pretendBig(session.query.bind(session)),
        } as typeof session;
        return tokensOf(big, inputs);
      });
    const before = await token();
    expect(before!['raw.big']).toMatch(/^counters:/);
    expect(await token()).toEqual(before);
    await bench.run('insert into raw.big values (2)');
    await bench.run('select pg_stat_force_next_flush()');
    expect(await token()).not.toEqual(before);
  });

  /** A gigabyte of rows is too much for a test: only the size is made up. */
  function pretendBig(query: (sql: string, params?: readonly unknown[]) => Promise<object[]>) {
    return async (sql: string, params?: readonly unknown[]): Promise<object[]> => {
      const rows = await query(sql, params);
      return sql.includes('pg_relation_size')
        ? rows.map((row) => ({ ...row, bytes: String(EXACT_BYTES + 1) }))
        : rows;
    };
  }
});
