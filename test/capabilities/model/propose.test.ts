import { model } from '../../../capabilities/model';
import { lintModel, modelInputSchema } from '../../../capabilities/model/input';
import { failure, Workbench } from './workbench';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open('model_propose');
  await bench.run(`
    create schema raw; create schema marts;
    create table raw.flights (day date, carrier text, delay integer, info json);
    insert into raw.flights select '2013-01-01', 'UA', i from generate_series(1, 2000) i;
    analyze raw.flights;
    create view raw.delayed as select * from raw.flights where delay > 15;
    create view raw.of_marts as select 1 as n;
    create function raw.secret() returns bigint language sql stable as 'select count(*) from raw.flights';
    create function raw.act() returns integer language plpgsql as 'begin return 1; end'`);
});
afterAll(() => bench.close());

const NAME = 'marts.m';
const fails = (sql: string, more: object = {}, options = {}) =>
  failure(bench.propose(model, { name: NAME, sql, ...more }, options));

describe('a query that cannot be a model', () => {
  it.each([
    ['an unknown table', 'select *\n  from raw.flihgts', '2:8', 'Did you mean "raw.flights"?'],
    ['a table without its schema', 'select * from flights', '1:15', 'Did you mean "raw.flights"?'],
    ['an unknown column', 'select day,\n  delai from raw.flights', '2:3', 'column "delai" does not exist'],
    ['an unknown function', 'select no_such(day) from raw.flights', '1:8', 'no_such(date) does not exist'],
    [
      'types that do not fit',
      `select day + 'x'::text as d from raw.flights`,
      '1:12',
      'operator does not exist',
    ],
    ['a mistake after a letter of two units', `select '𝄞' as s, delai from raw.flights`, '1:18', 'delai'],
    ['a syntax error', 'select from where', '1:13', 'syntax error'],
    ['two columns of a name', 'select day, delay as day from raw.flights', '1:1', 'two columns called "day"'],
    ['a column without a name', 'select day, 1 from raw.flights', '1:1', 'Column 2 of the query has no name'],
    ['two statements', 'select 1 as a; select 2 as b', '1:16', 'second statement'],
    [
      'a parameter that is not declared',
      'select * from raw.flights where delay > :d',
      '1:41',
      '"d" is not declared',
    ],
  ])('%s is invalid_sql, with its place', async (_what, sql, place, text) => {
    const found = await fails(sql);
    expect(found.code).toBe('invalid_sql');
    expect(found.place).toBe(place);
    expect(found.message).toContain(text);
  });

  it('places what is wrong in what the person wrote, not in what was bound into it', async () => {
    const found = await fails(
      'select * from raw.flights where delay > :least and delai = 1',
      {},
      { params: { least: 1 } },
    );
    expect(found.place).toBe('1:52');
  });

  it('names the file', async () => {
    const options = { files: { 'sql/m.sql': '-- a comment\n\nselect x from raw.flights' } };
    const found = await failure(bench.propose(model, { name: NAME, file: 'sql/m.sql' }, options));
    expect(found.place).toBe('sql/m.sql:3:8');
  });

  it.each([
    ['writes', 'with d as (delete from raw.flights returning *) select * from d'],
    ['locks', 'select * from raw.flights for update'],
    ['makes a table', 'select * into raw.x from raw.flights'],
    ['is no query', 'drop table raw.flights'],
    ['acts', 'select pg_terminate_backend(1) as a'],
    ['runs SQL from a string', `select query_to_xml('select 1', true, true, '') as x`],
    ['calls a volatile function of somebody', 'select raw.act() as a'],
    ['reads a system catalogue', 'select relname from pg_class'],
    ['reads a system view', 'select * from information_schema.tables'],
  ])('that %s is refused', async (_what, sql) => {
    expect((await fails(sql)).code).toBe('statement_refused');
  });

  it.each([
    ['directly', `select * from ${NAME}`],
    ['through a view', 'select * from raw.of_marts'],
  ])('reads itself %s', async (_how, sql) => {
    const change = await bench.build(model, { name: NAME, sql: 'select 1 as n' });
    await bench.run(`create or replace view raw.of_marts as select n from ${NAME}`);
    const found = await fails(sql);
    await bench.run('create or replace view raw.of_marts as select 1 as n');
    await bench.undo(model, change);
    expect(found.code).toBe('invalid_sql');
    expect(found.message).toContain('reads itself');
  });
});

describe('what a proposal says', () => {
  it('names everything that is read, also behind views', async () => {
    const change = await bench.propose(model, { name: NAME, sql: 'select * from raw.delayed' });
    expect(change.reads).toEqual(['raw.delayed', 'raw.flights']);
    expect(change.body.columns[0]).toEqual({ name: 'day', type: 'date' });
  });

  it('estimates from the live statistics', async () => {
    const change = await bench.propose(model, { name: NAME, sql: 'select day, delay from raw.flights' });
    expect(change.estimate).toEqual({
      rows: 2000,
      bytes: 16000,
      locks: 'none that others notice',
      undoBytes: 0,
    });
  });

  it('keeps lengths and precisions of types', async () => {
    const sql = 'select delay::numeric(10,2) as a, carrier::varchar(3) as b, $$x$$ as c from raw.flights';
    const change = await bench.propose(model, { name: NAME, sql });
    expect(change.body.columns).toEqual([
      { name: 'a', type: 'numeric(10,2)' },
      { name: 'b', type: 'character varying(3)' },
      { name: 'c', type: 'text' },
    ]);
  });

  it('is the same for the same input', async () => {
    const input = { name: NAME, sql: 'select * from raw.flights', tests: [{ unique: ['day', 'delay'] }] };
    const [a, b] = [await bench.propose(model, input), await bench.propose(model, input)];
    expect({ ...a, id: '' }).toEqual({ ...b, id: '' });
  });

  it('reads as what will be run', async () => {
    const change = await bench.propose(model, {
      name: 'shop.m',
      sql: 'select day from raw.flights',
      indexes: ['day'],
      description: "the day's",
      tests: [{ not_null: 'day', severity: 'warning' }],
    });
    expect(change.apply).toBe(`create schema "shop";
create table "shop"."m" as
select day from raw.flights;
-- tested before anybody can see it:
--   not_null day (warning)
alter table "shop"."m" replica identity full;
create index on "shop"."m" ("day");  -- unless there is one
comment on table "shop"."m" is 'the day''s';`);
    expect(change.undo).toBe('drop table "shop"."m";\ndrop schema "shop";  -- if it is empty');
  });

  it('refuses what the server reads and the query does not name', async () => {
    const found = await fails('select raw.secret() as n');
    expect(found.code).toBe('statement_refused');
    expect(found.message).toContain('raw.flights without naming it');
  });

  it('warns of a function whose reading nobody can see', async () => {
    await bench.run(`create or replace function raw.opaque() returns bigint language plpgsql stable
      as 'begin return (select count(*) from raw.flights); end'`);
    const change = await bench.propose(model, { name: NAME, sql: 'select raw.opaque() as n' });
    expect(change.findings.map((finding) => finding.rule)).toEqual(['own_function']);
    expect(change.body.steady).toBe(false);
  });
});

describe('tests and indexes', () => {
  it.each([
    ['an unknown column', { tests: [{ not_null: 'dai' }] }, 'Did you mean "day"?'],
    ['an unknown column of an index', { indexes: [['day', 'carier']] }, 'Did you mean "carrier"?'],
    [
      'values of another type',
      { tests: [{ accepted_values: { column: 'delay', values: ['x'] } }] },
      'cannot be made',
    ],
    ['a type that cannot be compared', { tests: [{ unique: 'info' }] }, 'cannot be made'],
    [
      'a parent that is not there',
      { tests: [{ relationships: { column: 'carrier', to: 'raw.airlines', field: 'carrier' } }] },
      'raw.airlines, which does not exist',
    ],
    [
      'a field that the parent lacks',
      { tests: [{ relationships: { column: 'carrier', to: 'raw.flights', field: 'x' } }] },
      'cannot be made',
    ],
  ])('%s is found when proposing', async (_what, more, text) => {
    const found = await fails('select day, carrier, delay, info from raw.flights', more);
    expect(found.code).toBe('invalid_goal');
    expect(found.message).toContain(text);
  });

  it.each([
    [{ name: 'm', sql: 'select 1', file: 'x.sql' }, 'file'],
    [{ name: 'm' }, 'sql'],
    [{ name: 'm', sql: 'select 1', tests: [{ severity: 'error' }] }, 'tests[0]'],
    [{ name: 'm', sql: 'select 1', tests: [{ unique: 'a', not_null: 'a' }] }, 'tests[0]'],
    [{ name: 'm', sql: 'select 1', materialized: 'view', indexes: ['a'] }, 'indexes'],
    [{ name: 'sluice.m', sql: 'select 1' }, 'name'],
    [{ name: 'pg_catalog.m', sql: 'select 1' }, 'name'],
  ])('the fault in %j is at %s', (raw, path) => {
    expect(lintModel(modelInputSchema.parse(raw)).map((fault) => fault.path)).toEqual([path]);
  });

  it.each([
    { name: 'm', sql: 'x', test: [] },
    { name: 'm', sql: 'x', tests: [{ nonnull: 'a' }] },
    { name: 'a b', sql: 'x' },
  ])('%j is no input', (raw) => {
    expect(modelInputSchema.safeParse(raw).success).toBe(false);
  });
});

describe('the name', () => {
  it('is refused when an earlier step makes it', async () => {
    await bench.run('create table marts.made (id integer)');
    const found = await failure(
      bench.propose(model, { name: 'marts.made', sql: 'select 1 as n' }, { pending: ['marts.made'] }),
    );
    await bench.run('drop table marts.made');
    expect(found.code).toBe('target_mismatch');
  });

  it('is refused when two steps build it', async () => {
    const other = { id: 'twin', needs: [], kind: 'model', input: { name: NAME } };
    const found = await fails('select 1 as n', {}, { steps: [other] });
    expect(found.code).toBe('invalid_goal');
    expect(found.message).toContain('"twin"');
  });

  it('is refused when an index bears it', async () => {
    await bench.run('create index m on raw.flights (day)');
    const found = await failure(bench.propose(model, { name: 'raw.m', sql: 'select 1 as n' }));
    await bench.run('drop index raw.m');
    expect(found.code).toBe('target_mismatch');
  });
});
