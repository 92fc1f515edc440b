import { model } from '../../../capabilities/model';
import { failure, Workbench } from './workbench';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open('model_build');
});
afterAll(() => bench.close());

beforeEach(async () => {
  await bench.reset();
  await bench.run(`
    create schema raw;
    create table raw.flights (day date, carrier text, delay integer);
    insert into raw.flights
      select date '2013-01-01' + i % 31, (array['UA', 'AA', 'B6'])[1 + i % 3], i % 60 from generate_series(1, 1000) i;
    create table raw.airlines (carrier text, name text);
    insert into raw.airlines values ('UA', 'United'), ('AA', 'American'), ('B6', 'JetBlue');
    create schema marts`);
});

const DELAYS = {
  name: 'marts.delays',
  sql: 'select day, carrier, count(*) as flights, avg(delay)::numeric(6,2) as delay from raw.flights group by 1, 2',
};

const contentOf = (sql: string): Promise<unknown[]> =>
  bench.rows(`select m::text as row from (${sql}) m order by 1`);
const published = (): Promise<unknown[]> => contentOf('select * from marts.delays');

describe.each(['table', 'view'] as const)('a model as a %s', (materialized) => {
  const input = { ...DELAYS, materialized, description: 'Delays a day' };

  it('holds what its query gives', async () => {
    const change = await bench.propose(model, input);
    expect(change).toMatchObject({ risk: 'additive', routine: true, noop: false, writes: ['marts.delays'] });
    expect(change.title).toBe(`build the ${materialized} marts.delays`);
    expect(change.reads).toEqual(['raw.flights']);
    const { applied } = await bench.apply(model, change);
    const expected = await contentOf(DELAYS.sql);
    expect(expected).toHaveLength(93);
    expect(await published()).toEqual(expected);
    expect(applied.rows.inserted).toBe(materialized === 'table' ? 93 : 0);
  });

  it('is undone without a trace', async () => {
    const before = await bench.everything();
    const change = await bench.build(model, input);
    expect(await bench.everything()).not.toEqual(before);
    await bench.undo(model, change);
    expect(await bench.everything()).toEqual(before);
  });

  it('makes its schema, and takes it away again', async () => {
    await bench.run('drop schema marts');
    const before = await bench.everything();
    const change = await bench.build(model, input);
    expect(change.writes).toEqual(['marts.delays', 'marts.*']);
    await bench.undo(model, change);
    expect(await bench.everything()).toEqual(before);
  });

  it('leaves its schema to others who use it', async () => {
    await bench.run('drop schema marts');
    const change = await bench.build(model, input);
    await bench.run('create table marts.theirs (id integer)');
    await bench.undo(model, change);
    expect(await bench.rows('select count(*)::int as n from marts.theirs')).toEqual([{ n: 0 }]);
  });

  it('is refreshed, and undone to what it was, with rights, comments and the views upon it', async () => {
    await bench.build(model, input);
    await bench.admin.query(`
      grant select on marts.delays to sluice_store with grant option;
      grant update (delay) on marts.delays to public;
      comment on column marts.delays.day is 'local day'`);
    await bench.run('create view marts.worst as select * from marts.delays where delay > 30');
    const before = await bench.everything();
    await bench.run(`insert into raw.flights values ('2013-02-01', 'UA', 59)`);
    const change = await bench.propose(model, { ...input, sql: `${input.sql} -- again` });
    expect(change).toMatchObject({ risk: 'rewriting', routine: true, noop: false });
    const structure = ((await bench.everything()) as { hash: string }).hash;
    await bench.apply(model, change);
    expect(((await bench.everything()) as { hash: string }).hash).toBe(structure);
    expect(await published()).toEqual(await contentOf(DELAYS.sql));
    expect(await bench.rows(`select carrier from marts.worst where day = '2013-02-01'`)).toEqual([
      { carrier: 'UA' },
    ]);
    await bench.undo(model, change);
    await bench.run(`delete from raw.flights where day = '2013-02-01'`);
    expect(await bench.everything()).toEqual(before);
  });

  it('gets other columns, and its old ones back, with what was granted on them', async () => {
    await bench.build(model, input);
    await bench.admin.query(`
      grant select on marts.delays to sluice_store;
      grant update (carrier) on marts.delays to public;
      comment on column marts.delays.day is 'local day'`);
    if (materialized === 'view') await bench.run('alter view marts.delays set (security_barrier = true)');
    if (materialized === 'table') {
      await bench.run(`
        alter table marts.delays set (fillfactor = 70);
        create unique index "By Day" on marts.delays (day, carrier) where day is not null;
        create index on marts.delays (flights)`);
    }
    const before = await bench.everything();
    const change = await bench.propose(model, {
      ...input,
      sql: 'select carrier, day, count(*) filter (where delay > 15) as late from raw.flights group by 2, 1',
    });
    expect(change).toMatchObject({ risk: 'rewriting', routine: false });
    expect(change.title).toBe(`replace marts.delays by a new ${materialized}`);
    await bench.apply(model, change);
    expect(
      await bench.rows(`
        select has_table_privilege('sluice_store', c.oid, 'select') as granted,
               has_column_privilege('sluice_store', c.oid, 'carrier', 'update') as by_column,
               col_description(c.oid, 2) as day, obj_description(c.oid) as whole, reloptions as options,
               (select array_agg(indexrelid::regclass::text order by 1) from pg_index where indrelid = c.oid) as indexes
          from pg_class c where oid = 'marts.delays'::regclass`),
    ).toEqual([
      {
        granted: true,
        by_column: true,
        day: 'local day',
        whole: 'Delays a day',
        options: materialized === 'view' ? ['security_barrier=true'] : ['fillfactor=70'],
        indexes: materialized === 'view' ? null : ['marts."By Day"'],
      },
    ]);
    await bench.undo(model, change);
    expect(await bench.everything()).toEqual(before);
  });

  it('becomes the other kind, and is made what it was', async () => {
    await bench.build(model, input);
    await bench.admin.query('grant select on marts.delays to sluice_store');
    const before = await bench.everything();
    const other = materialized === 'view' ? 'table' : 'view';
    const change = await bench.build(model, { ...input, materialized: other });
    expect(await published()).toEqual(await contentOf(DELAYS.sql));
    await bench.undo(model, change);
    expect(await bench.everything()).toEqual(before);
  });

  it('does not change its columns under a view that reads them', async () => {
    await bench.build(model, input);
    await bench.run('create view marts.worst as select * from marts.delays where delay > 30');
    const before = await bench.everything();
    const { code, message } = await failure(
      bench.propose(model, { ...input, sql: 'select day, carrier from raw.flights' }),
    );
    expect(code).toBe('target_mismatch');
    expect(message).toContain('view marts.worst');
    expect(message).toContain('- flights bigint');
    expect(await bench.everything()).toEqual(before);
  });

  it('overwrites nothing that no model made', async () => {
    await bench.run('create table marts.delays (id integer); insert into marts.delays values (1)');
    const { code } = await failure(bench.propose(model, input));
    expect(code).toBe('target_mismatch');
  });

  it('does not overwrite what took its name after it was dropped', async () => {
    await bench.build(model, input);
    await bench.run(`drop ${materialized} marts.delays; create table marts.delays as ${DELAYS.sql}`);
    expect((await failure(bench.propose(model, input))).code).toBe('target_mismatch');
  });

  it('is not taken from under a view that was made upon it', async () => {
    const change = await bench.build(model, input);
    await bench.run('create view marts.worst as select * from marts.delays');
    const { code, message } = await failure(bench.undo(model, change));
    expect(code).toBe('undo_refused');
    expect(message).toContain('view marts.worst');
    expect(await published()).toHaveLength(93);
  });
});

describe('undo of a table', () => {
  it.each([
    `insert into marts.delays values ('2020-01-01', 'XX', 1, 1)`,
    'update marts.delays set flights = flights where flights = (select max(flights) from marts.delays)',
    'delete from marts.delays where ctid = (select min(ctid) from marts.delays)',
  ])('is refused when others wrote into it: %s', async (sql) => {
    const change = await bench.build(model, DELAYS);
    await bench.run(sql);
    const written = await published();
    const { code, message } = await failure(bench.undo(model, change));
    expect(code).toBe('undo_refused');
    expect(message).toContain('changed by others');
    expect(await published()).toEqual(written);
  });

  it('goes back through two refreshes, newest first', async () => {
    const empty = await bench.everything();
    const changes = [await bench.build(model, DELAYS)];
    const first = await bench.everything();
    for (let i = 0; i < 2; i += 1) {
      await bench.run(`insert into raw.flights values ('2014-01-01', 'UA', ${i})`);
      changes.push(await bench.build(model, DELAYS));
    }
    await bench.undo(model, changes[2]!);
    await bench.undo(model, changes[1]!);
    await bench.run(`delete from raw.flights where day = '2014-01-01'`);
    expect(await bench.everything()).toEqual(first);
    await bench.undo(model, changes[0]!);
    expect(await bench.everything()).toEqual(empty);
  });

  it('is refused when what was kept for it is gone', async () => {
    await bench.build(model, DELAYS);
    await bench.run(`insert into raw.flights values ('2014-01-01', 'UA', 1)`);
    const change = await bench.build(model, DELAYS);
    const [trash] = await bench.rows(
      `select relname from pg_class where relname like 'trash\\_%' and relkind = 'r'`,
    );
    await bench.run(`drop table sluice.${String(trash!.relname)}`);
    expect((await failure(bench.undo(model, change))).message).toContain('kept for the undo is gone');
  });
});
