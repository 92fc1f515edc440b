import { Client } from 'pg';
import { testDatabase, type TestDatabase } from '../../support/postgres';
import { Bed, problemOf } from './bed';

describe('ingest from another PostgreSQL', () => {
  let bed: Bed;
  let source: TestDatabase;
  let there: Client;
  beforeAll(async () => {
    [bed, source] = await Promise.all([Bed.make('from_postgres'), testDatabase('source', { ledger: false })]);
    there = new Client({ connectionString: source.url });
    await there.connect();
  });
  afterAll(async () => {
    await there.end();
    await bed.close();
    await source.drop();
  });
  afterEach(async () => {
    await bed.reset();
    await there.query('drop schema if exists shop cascade; create schema shop');
  });
  beforeAll(() => there.query('create schema shop'));

  const input = (more: object = {}): object => ({
    from: { postgres: source.database, table: 'shop.orders' },
    into: 'raw.orders',
    ...more,
  });

  it('copies every row, of every type, as it is', async () => {
    await there.query(`create type shop.mood as enum ('ok', 'sad'); create domain shop.code as varchar(5);
      create table shop.orders (id bigint primary key, "Odd ""name" text, n numeric(12,4), f double precision, b boolean, d date,
        t timestamptz, ts timestamp(3), j jsonb, a int[], u uuid, m shop.mood, c shop.code, x bytea, r int4range, i interval);
      insert into shop.orders select g, 'row ' || g, g * 1.0001, 0.1 * g, g % 2 = 0, date '2020-01-01' + g, timestamptz '2020-01-01Z' + g * interval '1 h',
        timestamp '2020-01-01' + g * interval '1 ms', jsonb_build_object('g', g), array[g, null, g], gen_random_uuid(), 'sad', 'c' || g, '\\xdeadbeef',
        int4range(g, g + 1), interval '1 month 2 days' from generate_series(1, 1000) g;
      insert into shop.orders (id) values (0)`);
    const { change, rows } = await bed.load(input());
    expect(rows).toEqual({ read: 1001, inserted: 1001, updated: 0, deleted: 0, quarantined: 0 });
    expect(change.sources).toEqual({
      [`${source.database}: shop.orders`]: expect.stringContaining(
        'id bigint, Odd "name text, n numeric(12,4)',
      ) as string,
    });
    expect(await bed.types('raw.orders')).toMatchObject({
      n: 'numeric(12,4)',
      ts: 'timestamp(3) without time zone',
      m: 'text',
      c: 'character varying(5)',
      a: 'integer[]',
    });
    const checksum = (table: string): string =>
      `select count(*), md5(string_agg(t::text, e'\\n' order by id)) as sum from ${table} t`;
    const { rows: wanted } = await there.query(checksum('shop.orders'));
    expect(await bed.rows(checksum('raw.orders'))).toEqual(wanted);
  });

  it('refuses a part that row security shows, and loads it where the goal says so, with a note in the proposal', async () => {
    await there.query(`create table shop.orders (id int primary key, tenant text);
      insert into shop.orders values (1, 'a'), (2, 'b'); alter table shop.orders enable row level security;
      create policy a on shop.orders for select to sluice_reader using (tenant = 'a')`);
    expect(await problemOf(bed.propose(input()))).toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining('Row security may hide rows of shop.orders') as string,
    });
    const from = { postgres: source.database, table: 'shop.orders', row_security: 'filtered' };
    const change = await bed.propose(input({ from }));
    expect(change.findings).toContainEqual({
      severity: 'info',
      rule: 'row_security_filters',
      message: `${source.database}: shop.orders: reads only the rows that row security shows to sluice_reader`,
    });
    expect(change.body.from).toMatchObject({ filtered: true });
    expect((await bed.apply(change)).applied.rows.inserted).toBe(1);
  });

  it('copies the rows of a query, its parameters bound', async () => {
    await there.query(
      `create table shop.orders (id int, price numeric(10,2)); insert into shop.orders select g, g from generate_series(1, 10) g`,
    );
    const query = `select id, sum(price)::bigint as total -- per order
      from shop.orders where id > :least group by id -- a comment at the end`;
    const change = await bed.propose(
      { from: { postgres: source.database, query }, into: 'raw.orders' },
      'q',
      { params: { least: 7 } },
    );
    const { applied } = await bed.apply(change);
    expect(applied.rows.inserted).toBe(3);
    expect(await bed.types('raw.orders')).toEqual({ id: 'integer', total: 'bigint' });
  });

  it.each([
    'select 1; select 2',
    'delete from shop.orders returning id',
    'select 1) q; commit; drop schema shop cascade; select (1',
  ])('refuses as a query: %s', async (query) => {
    await there.query('create table shop.orders (id int)');
    const problem = await problemOf(
      bed.propose({ from: { postgres: source.database, query }, into: 'raw.orders' }),
    );
    expect(['invalid_sql', 'statement_refused']).toContain(problem.code);
  });

  it('goes on after the cursor, and has nothing to do when there is nothing newer', async () => {
    await there.query(`create table shop.orders (id int, at timestamptz not null);
      insert into shop.orders select g, timestamptz '2020-01-01Z' + g * interval '1 microsecond' from generate_series(1, 10) g`);
    const withCursor = input({ cursor: 'at' });
    expect((await bed.load(withCursor)).rows.inserted).toBe(10);
    expect(await bed.propose(withCursor)).toMatchObject({
      noop: true,
      title: expect.stringContaining('nothing newer than 2020-01-01 00:00:00.00001+00 in') as string,
    });
    await there.query(`insert into shop.orders values (11, '2020-01-02Z'), (12, '2019-01-01Z')`);
    const before = await bed.fingerprint();
    const { change, rows } = await bed.load(withCursor);
    expect(rows).toMatchObject({ read: 1, inserted: 1 });
    expect(change.apply).toContain(`> '2020-01-01 00:00:00.00001+00'::timestamp with time zone`);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual(before);
    expect((await bed.propose(withCursor)).noop).toBe(false);
  });

  it('merges by key', async () => {
    await there.query(
      `create table shop.orders (id int, v text); insert into shop.orders values (1, 'a'), (2, 'b')`,
    );
    const merge = input({ mode: 'merge', key: ['id'] });
    await bed.load(merge);
    await there.query(`update shop.orders set v = 'B' where id = 2; insert into shop.orders values (3, 'c')`);
    expect((await bed.load(merge)).rows).toEqual({
      read: 3,
      inserted: 1,
      updated: 1,
      deleted: 0,
      quarantined: 0,
    });
  });

  it('serves a rehearsal the first rows only', async () => {
    await there.query('create table shop.orders as select g as id from generate_series(1, 5000) g');
    const change = await bed.propose(input());
    const { applied } = await bed.apply(change, { sources: bed.sources(100) });
    expect(applied.rows).toMatchObject({ read: 100, inserted: 100 });
    await bed.undo(change);
  });

  it('reads one snapshot, whatever is written meanwhile', async () => {
    await there.query('create table shop.orders as select g as id, 0 as v from generate_series(1, 20000) g');
    const change = await bed.propose(input());
    let beats = 0;
    const writing: Promise<unknown>[] = [];
    const heartbeat = (): void => {
      if (beats++ === 0) writing.push(there.query('update shop.orders set v = 1'));
    };
    await bed.apply(change, { heartbeat });
    await Promise.all(writing);
    expect(beats).toBeGreaterThan(0);
    expect(await bed.rows('select distinct v from raw.orders')).toEqual([{ v: 0 }]);
  });

  it('is stale when the source has other columns than before', async () => {
    await there.query('create table shop.orders (id int)');
    const change = await bed.propose(input());
    await there.query('alter table shop.orders alter id type bigint');
    expect(await problemOf(bed.apply(change))).toMatchObject({
      code: 'proposal_stale',
      place: `${source.database}: shop.orders`,
    });
  });

  it('refuses types that might not hold every value, each named', async () => {
    await there.query('create table shop.orders (id bigint, n numeric, v text)');
    await bed.admin.query(
      'create schema raw; create table raw.orders (id int, n numeric(10,2), v varchar(5))',
    );
    const problem = await problemOf(bed.propose(input()));
    expect(problem).toMatchObject({ code: 'target_mismatch', place: 'raw.orders' });
    expect(problem.faults).toEqual([
      { path: 'raw.orders.id', message: 'is bigint in the source, integer in the table' },
      { path: 'raw.orders.n', message: 'is numeric in the source, numeric(10,2) in the table' },
      { path: 'raw.orders.v', message: 'is text in the source, character varying(5) in the table' },
    ]);
  });

  it('casts to types that hold every value', async () => {
    await there.query(
      `create table shop.orders (id int, n numeric(5,2), d date, e real); insert into shop.orders values (1, 1.25, '2020-02-29', 0.1)`,
    );
    await bed.admin.query(
      'create schema raw; create table raw.orders (id bigint, n numeric(10,3), d text, e double precision)',
    );
    await bed.load(input());
    expect(await bed.rows('select id::text, n::text, d from raw.orders')).toEqual([
      { id: '1', n: '1.250', d: '2020-02-29' },
    ]);
  });

  it('reads and writes tables whose names need quotes', async () => {
    await there.query(`create table shop."Order ""Lines"".v2" (id int primary key, "Qty" int);
      insert into shop."Order ""Lines"".v2" values (1, 2)`);
    const from = { postgres: source.database, table: 'shop."Order ""Lines"".v2"' };
    const { change } = await bed.load({ from, into: 'Raw."Order Lines"' });
    expect(await bed.rows('select * from raw."Order Lines"')).toEqual([{ id: 1, Qty: 2 }]);
    await bed.undo(change);
    expect(await bed.fingerprint()).toEqual({ 'public.*': expect.any(String) as string });
  });

  it('says that a table is not there', async () => {
    expect(
      await problemOf(bed.propose(input({ from: { postgres: source.database, table: 'shop.nope' } }))),
    ).toMatchObject({
      code: 'source_missing',
      place: 'shop.nope',
    });
  });

  it('a source that disappears while it sends leaves nothing behind', async () => {
    await there.query(
      `create table shop.orders as select g as id, repeat('x', 1000) as v from generate_series(1, 50000) g`,
    );
    const change = await bed.propose(input());
    const admin = new Client({ connectionString: source.adminUrl });
    await admin.connect();
    let ended = false;
    const heartbeat = (): void => {
      if (ended) return;
      ended = true;
      void admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'sluice_reader'`,
      );
    };
    const problem = await problemOf(bed.apply(change, { heartbeat }));
    await admin.end();
    expect(['transient', 'source_gone']).toContain(problem.code);
    expect(await bed.fingerprint()).not.toHaveProperty('raw.orders');
    expect(await bed.rows('select * from sluice.load')).toEqual([]);
  });

  it('warns when all rows will be added again', async () => {
    await there.query('create table shop.orders as select 1 as id');
    await bed.load(input());
    expect((await bed.propose(input())).findings).toEqual([expect.objectContaining({ rule: 'adds_again' })]);
  });
});
