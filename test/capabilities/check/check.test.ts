import { check } from '../../../capabilities/check';
import { model } from '../../../capabilities/model';
import { failure, Workbench } from '../model/workbench';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open('check');
  await bench.run(`
    create schema raw;
    create table raw.flights (carrier text, delay integer);
    insert into raw.flights values ('UA', 5), ('AA', 700), ('secret-carrier', 900)`);
});
afterAll(() => bench.close());

const LATE = {
  sql: 'select * from raw.flights where delay > :limit',
  description: 'no delay is above the limit',
};

it('passes when there are no rows, and changes nothing', async () => {
  const before = await bench.everything();
  const change = await bench.propose(check, LATE, { params: { limit: 1000 } });
  expect(change).toMatchObject({ risk: 'read', noop: false, writes: [], reads: ['raw.flights'] });
  expect(change.title).toBe('check no delay is above the limit');
  const { checks, applied } = await bench.apply(check, change);
  expect(checks).toEqual([
    { name: 'no delay is above the limit', ok: true, severity: 'error', message: 'no rows, as expected' },
  ]);
  expect(applied.rows.inserted).toBe(0);
  await bench.undo(check, change);
  expect(await bench.everything()).toEqual(before);
});

it('fails with the number of rows and the query that shows them, and no value of a row', async () => {
  const change = await bench.propose(check, LATE, { params: { limit: 600 } });
  const { code, message } = await failure(bench.apply(check, change));
  expect(code).toBe('check_failed');
  expect(message).toContain('found 2 rows');
  expect(message).not.toContain('secret-carrier');
  const look = /to see them: (select .*)\.$/.exec(message)![1]!;
  expect(await bench.rows(look)).toHaveLength(2);
});

it('as a warning is told and lets the run go on', async () => {
  const change = await bench.propose(check, { ...LATE, severity: 'warning' }, { params: { limit: 600 } });
  const { checks } = await bench.apply(check, change);
  expect(checks).toMatchObject([{ ok: false, severity: 'warning' }]);
});

it('takes its own values over those of the goal', async () => {
  const change = await bench.propose(check, { ...LATE, params: { limit: 1000 } }, { params: { limit: 600 } });
  expect((await bench.apply(check, change)).checks[0]!.ok).toBe(true);
});

it('counts no further than it has to', async () => {
  const change = await bench.propose(check, {
    sql: 'select i from generate_series(1, 100000) i',
    severity: 'warning',
  });
  expect((await bench.apply(check, change)).checks[0]!.message).toContain('found at least 10000 rows');
});

it('takes a query that ends in a comment, from a file', async () => {
  const files = { 'late.sql': '-- too late\nselect * from raw.flights where delay > 1000 -- minutes' };
  const change = await bench.propose(check, { file: 'late.sql' }, { files });
  expect((await bench.apply(check, change)).checks[0]!.ok).toBe(true);
  expect(check.bundle!({ file: 'late.sql', severity: 'error', params: {} })).toEqual(['late.sql']);
});

it.each([
  ['delete from raw.flights', 'statement_refused'],
  ['select * from raw.flights for update', 'statement_refused'],
  [`select pg_read_file('/etc/passwd') as f`, 'statement_refused'],
  ['select * from raw.flight', 'invalid_sql'],
  ['select 1; select 2', 'invalid_sql'],
])('refuses %s', async (sql, code) => {
  expect((await failure(bench.propose(check, { sql }))).code).toBe(code);
});

it.each([{}, { sql: 'select 1', file: 'x' }])('needs exactly one query: %j', (raw) => {
  expect(check.lint!(check.input.parse(raw))).toHaveLength(1);
});

describe('of a table whose row security binds the role that reads', () => {
  beforeAll(() =>
    bench.admin
      .query(`create table raw.invoice (id int primary key, amount int); insert into raw.invoice values (1, -5);
      alter table raw.invoice enable row level security; grant select on raw.invoice to sluice_writer`),
  );
  const HIDDEN = {
    code: 'permission_denied',
    message: expect.stringContaining('Row security may hide rows of raw.invoice from the role') as string,
    place: 'raw.invoice',
  };

  it('a check does not pass for want of rows that it may see', async () => {
    const negative = { sql: 'select * from raw.invoice where amount < 0' };
    expect(await failure(bench.propose(check, negative))).toMatchObject(HIDDEN);
  });

  it('a model is not built from a part, nor tested against one', async () => {
    const build = { name: 'marts.invoice', sql: 'select id, amount from raw.invoice' };
    expect(await failure(bench.propose(model, build))).toMatchObject(HIDDEN);
    const tests = [{ relationships: { column: 'id', to: 'raw.invoice', field: 'id' } }];
    const change = bench.propose(model, { name: 'marts.one', sql: 'select 1 as id', tests });
    expect(await failure(change.then((found) => bench.apply(model, found)))).toMatchObject(HIDDEN);
  });
});
