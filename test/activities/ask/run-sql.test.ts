import { runSqlWithin } from '../../../activities/ask/tools/run-sql';
import { ToolBed } from './tool-bed';

let bed: ToolBed;
beforeAll(async () => {
  bed = await ToolBed.make('run_sql', { classification: { 'crm.people.code': 'pii' } });
  await bed.run(`
    create schema crm; create schema raw;
    create table crm.people (id int primary key, name text, email text, code text, born date, joined date, salary numeric, region text);
    insert into crm.people select n, 'Person Zz' || n, 'mail' || n || '@example.test', 'K' || n, '1980-01-01', date '2020-05-17' + n, 1000 + n,
      (array['north', 'south'])[1 + n % 2] from generate_series(1, 40) n;
    create view crm.seen as select id, upper(email) as contact, region from crm.people;
    create table raw.flights (day date, carrier text, dest text, delay int);
    insert into raw.flights select date '2013-01-01' + n, (array['UA', 'AA', 'DL'])[1 + n % 3], 'D' || n, n from generate_series(1, 60) n;
    create sequence raw.numbers;
    create function raw.wipe() returns int language sql security definer as 'delete from raw.flights; select 1';
    create function raw.peek(int) returns text language sql stable as 'select email from crm.people where id = $1';
    grant usage on schema crm, raw to sluice_reader;
    grant select on all tables in schema crm, raw to sluice_reader;
    grant usage on all sequences in schema raw to sluice_reader`);
});
afterAll(() => bed.close());

const sql = (text: string, rows?: number) => bed.call('run_sql', { sql: text, ...(rows ? { rows } : {}) });
const refused = async (text: string) => (await bed.refusal('run_sql', { sql: text })).code;

describe('what is shown', () => {
  it('numbers and counts as they are, dates by their month', async () => {
    const { columns, rows, more } = await sql(
      'select delay, day, count(*) from raw.flights group by 1, 2 order by 1 limit 2',
    );
    expect(columns.map((c: { name: string; shown: string }) => `${c.name} ${c.shown}`)).toEqual([
      'delay numbers',
      'day month',
      'count numbers',
    ]);
    expect(rows).toEqual([
      [1, '2013-01', 1],
      [2, '2013-01', 1],
    ]);
    expect(more).toBe(false);
  });

  it('short codes that are often in the table, also as the least of them', async () => {
    const { rows } = await sql('select carrier, min(carrier) from raw.flights group by 1 order by 1');
    expect(rows).toEqual([
      ['AA', 'AA'],
      ['DL', 'DL'],
      ['UA', 'UA'],
    ]);
  });

  it('other texts by their shape, however often a query repeats them', async () => {
    const { rows } = await sql('select dest from raw.flights, generate_series(1, 10) order by delay limit 1');
    expect(rows).toEqual([['A9']]);
  });

  it('texts that the query made of numbers and its own words', async () => {
    const { rows } = await sql(
      `select case when delay > 10 then 'late' else 'early' end, to_char(day, 'YYYY') from raw.flights order by delay limit 1`,
    );
    expect(rows).toEqual([['early', '2013']]);
  });

  it('numbers and truth values made of a text not at all', async () => {
    const { rows, columns } = await sql(
      `select ascii(dest), dest = 'D1', length(dest), count(dest) over () from raw.flights order by delay limit 1`,
    );
    expect(columns.map((c: { shown: string }) => c.shown)).toEqual(
      ['kind', 'kind', 'shape', 'numbers'].map((k, at) => (at === 2 ? 'numbers' : k)),
    );
    expect(rows[0].slice(2)).toEqual([2, 60]);
    expect(JSON.stringify(rows)).not.toMatch(/68|true/);
  });

  it('hidden columns not at all: neither themselves nor what is computed, filtered, joined or grouped by them', async () => {
    const { rows, columns, notes } = await sql(
      'select email, salary + 1 as more, born, code from crm.people order by id limit 1',
    );
    expect(rows).toEqual([['(hidden)', '(hidden)', '(hidden)', '(hidden)']]);
    expect(columns[0].shown).toBe('hidden');
    expect(notes).toHaveLength(1);
    const counted = async (where: string) =>
      (await sql(`select count(*) from crm.people p where ${where}`)).rows[0][0];
    expect(await counted(`email like 'mail1@%'`)).toBe(0);
    expect(await counted('salary > 1020')).toBe(0);
    expect(await counted('email is not null')).toBe(40);
    expect(await counted(`p::text like '%mail1@%'`)).toBe(0);
    expect(
      await counted(`exists (select 1 from (values ('mail1@example.test')) v(e) where v.e = p.email)`),
    ).toBe(0);
    expect((await sql('select count(distinct email) from crm.people')).rows).toEqual([[1]]);
  });

  it('nor through a view, a CTE, TABLE or another spelling of the name', async () => {
    expect((await sql('select contact, region from crm.seen order by id limit 1')).rows).toEqual([
      ['(hidden)', 'south'],
    ]);
    expect(
      (
        await sql(
          `with x as (select email as e from only crm.people) select max(e), count(*) from x where e like 'm%'`,
        )
      ).rows,
    ).toEqual([[null, 0]]);
    expect((await sql('with t as (table "crm".people) select email from t limit 1')).rows).toEqual([
      ['(hidden)'],
    ]);
    expect((await sql('select p.email from crm . /* here */ people as p limit 1')).rows).toEqual([
      ['(hidden)'],
    ]);
    expect((await sql('(select people.email from crm.people limit 1)')).rows).toEqual([['(hidden)']]);
    expect((await sql('select row_to_json(p) from crm.people p limit 1')).rows).toEqual([['(hidden)']]);
  });

  it('not the words in which a statement fails on a value', async () => {
    const { code, message } = await bed.refusal('run_sql', {
      sql: 'select min(name)::regclass from crm.people',
    });
    expect(code).toBe('database_error');
    expect(message).not.toContain('Person');
  });

  it('a wrong name with its place and the nearest one', async () => {
    const problem = await bed.refusal('run_sql', { sql: 'select *\nfrom raw.fligths' });
    expect(problem).toMatchObject({ code: 'invalid_sql', place: '2:6' });
    expect(problem.message).toContain('raw.flights');
  });
});

describe('cannot write, nor act', () => {
  it.each([
    ['an INSERT', `insert into raw.flights values ('2013-01-01')`, 'statement_refused'],
    [
      'a CTE with DML',
      'with gone as (delete from raw.flights returning *) select * from gone',
      'statement_refused',
    ],
    ['SELECT INTO', 'select * into raw.copy from raw.flights', 'statement_refused'],
    ['FOR UPDATE', 'select * from raw.flights for update', 'statement_refused'],
    ['two statements', 'select 1; drop table raw.flights', 'invalid_sql'],
    ['a statement hidden behind a comment', 'select 1 --\n; drop table raw.flights', 'invalid_sql'],
    ['COPY TO PROGRAM', `copy raw.flights to program 'cat'`, 'statement_refused'],
    ['SET ROLE', 'set role sluice_writer', 'statement_refused'],
    ['set_config', `select set_config('role', 'sluice_writer', false)`, 'statement_refused'],
    ['DO', 'do $$ begin delete from raw.flights; end $$', 'statement_refused'],
    ['EXPLAIN ANALYZE', 'explain analyze delete from raw.flights', 'statement_refused'],
    ['nextval', `select nextval('raw.numbers')`, 'statement_refused'],
    ['a function that writes', 'select raw.wipe()', 'statement_refused'],
    ['a function of somebody’s own', 'select raw.peek(1)', 'statement_refused'],
    [
      'dblink',
      `select * from dblink('host=127.0.0.1', 'delete from raw.flights') as t(a int)`,
      'statement_refused',
    ],
    ['pg_sleep', 'select pg_sleep(60)', 'statement_refused'],
    ['pg_read_file', `select pg_read_file('/etc/passwd')`, 'statement_refused'],
    ['lo_export', `select lo_export(1, '/tmp/x')`, 'statement_refused'],
    ['pg_terminate_backend', 'select pg_terminate_backend(1)', 'statement_refused'],
    ['an advisory lock', 'select pg_advisory_lock(1)', 'statement_refused'],
    [
      'SQL from a string',
      `select query_to_xml('delete from raw.flights', true, true, '')`,
      'statement_refused',
    ],
    ['a system catalogue', 'select most_common_vals from pg_stats', 'statement_refused'],
    ['comments of the catalogue', `select obj_description('raw.flights'::regclass)`, 'statement_refused'],
    ['settings of the server', `select current_setting('data_directory')`, 'statement_refused'],
    ['Sluice’s own tables', 'select * from sluice.quarantine', 'statement_refused'],
    ['a positional parameter', 'select $1', 'invalid_sql'],
    ['nothing', '  -- nothing', 'invalid_sql'],
  ])('%s', async (_, text, code) => {
    expect(await refused(text)).toBe(code);
  });

  it('and so nothing was written', async () => {
    expect((await sql('select count(*) from raw.flights')).rows).toEqual([[60]]);
    expect(
      await bed.bed.rows(`select to_regclass('raw.copy') as made, last_value, is_called from raw.numbers`),
    ).toEqual([{ made: null, last_value: '1', is_called: false }]);
  });

  it('runs as the reading role in a read-only transaction', async () => {
    expect((await sql('select current_user')).rows).toEqual([['sluice_reader']]);
  });
});

describe('keeps within limits', () => {
  it('refuses what would go through too many rows', async () => {
    const problem = await bed.refusal('run_sql', {
      sql: 'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b',
    });
    expect(problem.code).toBe('statement_refused');
    expect(problem.message).toContain('every row with every row');
  });

  it('ends a query that takes too long', async () => {
    const tool = runSqlWithin({ timeoutMs: 200, rows: 5, columns: 5, bytes: 15_000 });
    const endless = 'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t';
    expect((await bed.refusal(tool as never, { sql: endless })).code).toBe('statement_timeout');
  });

  it('ends with the activity', async () => {
    const stop = new AbortController();
    const endless = 'with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t';
    const asked = bed.refusal('run_sql', { sql: endless }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 300);
    expect((await asked).code).toBe('cancelled');
  });

  it('shows some rows of many, and says that there are more', async () => {
    const { rows, more } = await sql('select n from generate_series(1, 100000) n', 3);
    expect(rows).toEqual([[1], [2], [3]]);
    expect(more).toBe(true);
  });

  it('does not fetch what it does not show, and leaves out what does not fit', async () => {
    const answer = await sql(
      `select ${Array.from({ length: 20 }, (_, at) => `repeat('x', 100000 + n) as c${at}`).join(', ')} from generate_series(1, 50) n`,
      50,
    );
    expect(JSON.stringify(answer).length).toBeLessThan(16_384);
    expect(answer.left_out.rows).toBeGreaterThan(0);
  });
});
