import type { Shadow } from '../../warehouses/warehouse';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

const SCHEMA = `
  create table country (code text primary key, capital integer);
  create table city (id integer primary key, country text not null references country, twin integer references city);
  alter table country add constraint capital_fk foreign key (capital) references city deferrable initially deferred;
  create table visit (id bigint generated always as identity primary key, city integer not null references city,
    note text, loud text generated always as (upper(note)) stored, unique (city, id));
  create table photo (city integer, visit bigint, taken timestamptz not null default '2024-01-01',
    foreign key (city, visit) references visit (city, id)) partition by range (taken);
  create table photo_2024 partition of photo for values from ('2024-01-01') to ('2025-01-01');
  create table link (id integer primary key, previous integer references link);
  insert into link select n, nullif(n - 1, 0) from generate_series(1, 2000) n;
  create table base (a integer); create table derived (b text) inherits (base);
  create view seen as select v.id, c.country from visit v join city c on c.id = v.city;
  create materialized view per_city as select city, count(*) as n from seen_by_city() group by 1;
  create view over_sums as select * from per_city;

  create function refuse() returns trigger language plpgsql as $$ begin raise exception 'a trigger ran'; end $$;
  begin;
  insert into country values ('no', 1), ('se', 2);
  insert into city values (1, 'no', null), (2, 'se', 1), (3, 'no', 2);
  insert into city select n, 'no', n / 2 from generate_series(4, 500) n;
  commit;
  insert into visit (city, note) select 500 - n % 400, 'note ' || n from generate_series(1, 5000) n;
  insert into photo (city, visit) select city, id from visit where id % 100 = 0;
  insert into base values (1); insert into derived values (2, 'x');
  refresh materialized view per_city;
  create trigger refused before insert on visit for each row execute function refuse();
  alter table visit enable always trigger refused;
  analyze;
`;

describe('a sample', () => {
  let test: TestWarehouse;
  let shadow: Shadow;
  beforeAll(async () => {
    test = await testWarehouse('sample');
    await test.asWriter(SCHEMA.replace('seen_by_city()', '(select city from visit) as v'));
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    shadow = (await test.warehouse.openShadow('sample')).shadow;
  });
  afterEach(async () => {
    await shadow.close();
    await test.warehouse.dropShadow('sample');
  });

  const ask = (sql: string): Promise<Record<string, unknown>[]> =>
    shadow.read((session) => session.query(sql));
  const orphans = `select (select count(*) from city c where not exists (select from country where code = c.country))
    + (select count(*) from city c where twin is not null and not exists (select from city t where t.id = c.twin))
    + (select count(*) from country c where capital is not null and not exists (select from city t where t.id = c.capital))
    + (select count(*) from visit v where not exists (select from city c where c.id = v.city)) as n`;

  it('brings the rows that the sampled ones refer to, through circles and to themselves', async () => {
    const report = await shadow.sample(['visit'], 20);
    expect(report.gaps).toEqual([]);
    expect(report.tables.find(({ relation }) => relation === 'public.visit')).toEqual({
      relation: 'public.visit',
      rows: 20,
      complete: false,
    });
    expect(await ask(orphans)).toEqual([{ n: '0' }]);
    expect((await ask('select from visit')).length).toBe(20);
  });

  it('cuts a chain that is too long to follow, and says so', async () => {
    const report = await shadow.sample(['link'], 10);
    expect(report.gaps).toEqual([
      expect.stringMatching(/^\d+ sampled rows of public.link refer to .* refer to nothing in the shadow$/),
    ]);
    expect(
      await ask(`select count(*)::int as n from link l where previous is not null
      and not exists (select from link p where p.id = l.previous)`),
    ).toEqual([{ n: 0 }]);
    expect((await shadow.compareWithBefore()).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('says when it has all rows, and does not sample twice', async () => {
    const report = await shadow.sample(['public.country', 'nowhere', 'public.*'], 100);
    expect(report.tables).toContainEqual({ relation: 'public.country', rows: 2, complete: true });
    expect(await shadow.sample(['country'], 100)).toMatchObject({ tables: [], gaps: [] });
  });

  it('fills up a table that came along before with others', async () => {
    await shadow.sample(['visit'], 5);
    await shadow.sample(['city'], 300);
    expect((await ask('select from city')).length).toBeGreaterThanOrEqual(300);
    expect(await ask(orphans)).toEqual([{ n: '0' }]);
    expect((await shadow.compareWithBefore()).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('follows views to their tables, partitions to their root, and parents to their children', async () => {
    const report = await shadow.sample(['seen', 'photo_2024', 'base'], 10);
    expect(report.gaps).toEqual([]);
    const rows = Object.fromEntries(report.tables.map(({ relation, rows }) => [relation, rows]));
    expect(rows).toMatchObject({ 'public.photo': 10, 'public.base': 1, 'public.derived': 1 });
    expect(rows['public.visit']).toBeGreaterThanOrEqual(10);
    expect(await ask('select count(*)::int as n from base')).toEqual([{ n: 2 }]);
  });

  it('fills materialised views again from what was sampled', async () => {
    await shadow.sample(['over_sums'], 50);
    const [row] = await ask(
      'select sum(n)::int as n, (select count(*)::int from visit) as visits from per_city',
    );
    expect(row!.n).toBe(row!.visits);
  });

  it('copies positions of sequences', async () => {
    await shadow.sample(['visit'], 5);
    expect(await ask('select last_value, is_called from visit_id_seq')).toEqual([
      { last_value: '5000', is_called: true },
    ]);
  });

  it('leaves triggers and keys in force as they were', async () => {
    await shadow.sample(['visit', 'city'], 5);
    const failing = (sql: string): Promise<unknown> =>
      shadow.write((session) => session.execute(sql), { applicationName: 'test' });
    await expect(failing(`insert into visit (city) values (1)`)).rejects.toThrow(
      'a function raised an exception',
    );
    await expect(failing(`insert into city values (100000, 'xx')`)).rejects.toThrow('foreign key');
    const checks = await shadow.compareWithBefore();
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['structure as before', 'rows of public.visit as before', 'sequence positions']),
    );
  });

  it('is not taken from a protected environment', async () => {
    const guarded = await testWarehouse('guarded', { environment: 'protected' });
    try {
      await guarded.asWriter('create table t (id integer); insert into t values (1)');
      const { shadow: empty } = await guarded.warehouse.openShadow('guarded');
      const report = await empty.sample(['t'], 10);
      expect(report.tables).toEqual([]);
      expect(report.gaps).toEqual([expect.stringContaining('protected')]);
      expect(await empty.read((session) => session.query('select from t'))).toHaveLength(0);
      await empty.close();
      await guarded.warehouse.dropShadow('guarded');
    } finally {
      await guarded.close();
    }
  });
});

describe('a sample of difficult tables', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await testWarehouse('difficult');
    await test.asWriter(`
      create function by_whom() returns boolean language plpgsql as $$ begin
        if current_setting('is_superuser') = 'on' then raise exception 'run as superuser'; end if; return true; end $$;
      create table checked (id integer primary key, check (by_whom()));
      insert into checked values (1), (2);
      create table secret (id integer primary key, owner text);
      insert into secret values (1, 'a'), (2, 'sluice_reader');
      alter table secret enable row level security;
      create policy own on secret using (owner = current_user);
      create table uses_secret (id integer references secret);
      insert into uses_secret values (1), (2);
      create table loose (id integer); insert into loose values (-1);
      alter table loose add constraint positive check (id > 0) not valid;
      create table ok (id integer); insert into ok values (1);`);
    await test.asAdmin(`create table theirs (id integer primary key); insert into theirs values (1);
      create table hidden (id integer); create schema closed; create table closed.t (id integer); insert into closed.t values (7);`);
  });
  afterAll(() => test.close());

  it('runs their code with nobody’s rights but the rehearsal’s, and reports what could not be had', async () => {
    const { shadow, gaps } = await test.warehouse.openShadow('difficult');
    expect(gaps).toEqual([]);
    const report = await shadow.sample(
      ['checked', 'secret', 'uses_secret', 'loose', 'ok', 'theirs', 'closed.t'],
      10,
    );
    const rows = Object.fromEntries(report.tables.map(({ relation, rows }) => [relation, rows]));
    expect(rows).toEqual({
      'public.checked': 2,
      'public.uses_secret': 2,
      'public.loose': 0,
      'public.ok': 1,
      'public.theirs': 1,
      'closed.t': 1,
    });
    expect(report.gaps).toEqual([
      'public.secret has row security that binds the role that reads: no rows of it',
      expect.stringContaining('rows of public.loose could not be copied'),
      '2 sampled rows of public.uses_secret refer to rows of public.secret that were not copied: they refer to nothing in the shadow',
    ]);
    // Rights lent for copying are taken back: the role that rehearses may not do here what it may not do there.
    const codes = [];
    for (const sql of ['select from theirs', 'select from closed.t']) {
      codes.push(
        await shadow
          .read((session) => session.query(sql))
          .then(
            () => 'read',
            (error: { code: string }) => error.code,
          ),
      );
    }
    expect(codes).toEqual(['permission_denied', 'permission_denied']);
    expect((await shadow.compareWithBefore()).filter(({ ok }) => !ok)).toEqual([]);
    await shadow.close();
    await test.warehouse.dropShadow('difficult');
  });
});
