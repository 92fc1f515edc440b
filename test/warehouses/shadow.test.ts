import { Client } from 'pg';
import type { Check } from '../../schemas/change';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import { createPostgresWarehouse } from '../../warehouses/postgres/warehouse';
import type { Shadow } from '../../warehouses/warehouse';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

describe('a shadow', () => {
  let test: TestWarehouse;
  let shadow: Shadow;
  beforeAll(async () => {
    test = await testWarehouse('shadow');
    await test.asWriter(`create schema raw; create table raw.t (id serial primary key, label text);
      insert into raw.t (label) values ('a'), ('b'); grant select on raw.t to sluice_reader;
      create view raw.v as select * from raw.t`);
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    shadow = (await test.warehouse.openShadow('one')).shadow;
    await shadow.sample(['raw.t'], 100);
  });
  afterEach(async () => {
    await shadow.close();
    await test.warehouse.dropShadow('one');
  });

  const write = (sql: string): Promise<number> =>
    shadow.write((session) => session.execute(sql), { applicationName: 'test' });
  const failed = async (): Promise<Pick<Check, 'name' | 'message'>[]> =>
    (await shadow.compareWithBefore())
      .filter(({ ok }) => !ok)
      .map(({ name, message }) => ({ name, message }));
  const databases = (): Promise<Record<string, unknown>[]> =>
    test.asAdmin(`select datname from pg_database where datname like 'sluice_shadow_%'`);

  it('has the ledger, the rows and the privileges, and no changes of the live database', async () => {
    await test.asWriter(`insert into raw.t (label) values ('later')`);
    const found = await shadow.read(async (session) => ({
      rows: (await session.query('select from raw.t')).length,
      ledger: (await session.query('select from sluice.change')).length,
    }));
    expect(found).toEqual({ rows: 2, ledger: 0 });
    await test.asWriter(`delete from raw.t where label = 'later'`);
  });

  it('gives relations the fingerprints that they have in the live database', async () => {
    const names = ['raw.t', 'raw.v', 'raw.*', 'raw.absent'];
    const live = await test.warehouse.live.read((session) => fingerprintRelations(session, names));
    expect(await shadow.read((session) => fingerprintRelations(session, names))).toEqual(live);
    const make =
      'create table raw.made (id bigint generated always as identity primary key, n text not null unique check (n <> $$x$$))';
    await write(make);
    await test.asWriter(make);
    const [there, here] = await Promise.all(
      [test.warehouse.live, shadow].map((place) =>
        place.read((session) => fingerprintRelations(session, ['raw.made'])),
      ),
    );
    expect(here).toEqual(there);
    expect(here!['raw.made']).not.toBe('absent');
    await test.asWriter('drop table raw.made');
  });

  it('finds nothing to complain about when all was undone', async () => {
    await write(`alter table raw.t add column extra text`);
    await write(`update raw.t set label = label || '!'`);
    await write(`alter table raw.t drop column extra`);
    await write(`update raw.t set label = rtrim(label, '!')`);
    expect(await failed()).toEqual([]);
  });

  it.each([
    [
      'a column that was left',
      'alter table raw.t add column extra text',
      'structure as before',
      'raw.t.extra is left over',
    ],
    ['a table that is gone', 'drop table raw.t cascade', 'structure as before', 'relation raw.t is gone'],
    [
      'a right that was given',
      'grant delete on raw.t to sluice_reader',
      'structure as before',
      'relation raw.t differs',
    ],
    [
      'a row too many',
      `insert into raw.t values (9, 'b')`,
      'rows of raw.t as before',
      'before: 2 rows; now: 3 rows',
    ],
    [
      'a row twice instead of another',
      `update raw.t set label = 'a'`,
      'rows of raw.t as before',
      '2 rows, but others',
    ],
    [
      'a value that is empty instead of missing',
      `update raw.t set label = '' where id = 1`,
      'rows of raw.t as before',
      'others',
    ],
    [
      'a table replaced by a view',
      `alter table raw.t rename to u; create view raw.t as select * from raw.u`,
      'rows of raw.t as before',
      'no such table',
    ],
    ['a sequence set back', `select setval('raw.t_id_seq', 1, false)`, 'sequence positions', 'raw.t_id_seq'],
  ])('finds %s', async (_, sql, name, message) => {
    for (const statement of sql.split('; ')) await write(statement);
    expect(await failed()).toContainEqual({ name, message: expect.stringContaining(message) as string });
  });

  it('takes a sequence that moved on for what it is', async () => {
    await write(`insert into raw.t (label) values ('c')`);
    await write(`delete from raw.t where label = 'c'`);
    const checks = await shadow.compareWithBefore();
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.find(({ name }) => name === 'sequence positions')!.message).toContain('raw.t_id_seq');
  });

  it('is found again by another process, with what it remembers', async () => {
    const elsewhere = createPostgresWarehouse(test.options);
    const again = (await elsewhere.reopenShadow('one'))!;
    expect(await again.sample(['raw.t'], 100)).toMatchObject({ tables: [], gaps: [] });
    await write(`delete from raw.t where id = 1`);
    expect((await again.compareWithBefore()).filter(({ ok }) => !ok)).toHaveLength(1);
    await again.close();
    await elsewhere.close();
  });

  it('is replaced by a fresh one of the same id, and gone when dropped, however often', async () => {
    await write('drop table raw.t cascade');
    const again = await test.warehouse.openShadow('one');
    expect(await again.shadow.read((session) => session.query('select from raw.t'))).toHaveLength(0);
    await again.shadow.close();
    await test.warehouse.dropShadow('one');
    await test.warehouse.dropShadow('one');
    expect(await test.warehouse.reopenShadow('one')).toBeUndefined();
  });

  it('keeps an id that is no name inside its own prefix', async () => {
    const id = 'warehouse"; drop database x; --';
    const { shadow: strange } = await test.warehouse.openShadow(id);
    expect(strange.database).toMatch(/^sluice_shadow_h[0-9a-f]{32}$/);
    await strange.close();
    await test.warehouse.dropShadow(id);
    expect((await databases()).map(({ datname }) => datname)).not.toContain(strange.database);
  });

  it('follows the live structure', async () => {
    await test.asWriter('alter table raw.t add column later text');
    const next = await test.warehouse.openShadow('two');
    const columns = await next.shadow.read((session) => session.query('select later from raw.t'));
    expect(columns).toEqual([]);
    expect(next.structure.hash).toBe((await test.warehouse.structure()).hash);
    await next.shadow.close();
    await test.warehouse.dropShadow('two');
    await test.asWriter('alter table raw.t drop column later');
  });

  describe('cannot be left:', () => {
    const asRehearsal = (database: string): Client => {
      const { host, port, rehearsal } = test.options;
      return new Client({ host, port, database, ...rehearsal! });
    };

    it('its role may connect to no other database', async () => {
      for (const database of [test.db.database, 'postgres', 'template1']) {
        await expect(asRehearsal(database).connect()).rejects.toMatchObject({ code: '42501' });
      }
    });

    it('and nobody else may connect to it', async () => {
      const { host, port, reader } = test.options;
      const client = new Client({ host, port, database: shadow.database, ...reader });
      await expect(client.connect()).rejects.toMatchObject({ code: '42501' });
    });

    it.each([
      ['files', `copy raw.t from '/etc/passwd'`],
      ['programs', `copy raw.t to program 'cat'`],
      ['other databases', 'create extension dblink'],
      ['foreign servers', 'create extension postgres_fdw'],
      ['roles', 'create role more'],
      ['other people’s roles', 'set role postgres'],
      ['databases', 'create database more'],
      ['what it will be compared with', 'update sluice_shadow.content set checksum = $$0$$'],
      ['the server’s configuration', `alter system set work_mem = '1GB'`],
      ['settings that switch off triggers', 'set session_replication_role = replica'],
    ])('it has no way to %s', async (_, sql) => {
      await expect(write(sql)).rejects.toMatchObject({
        code: expect.stringMatching(/permission_denied|database_error|invalid_sql/) as string,
      });
    });
  });
});

describe('shadows made at the same time', () => {
  it('share one base, whoever builds it', async () => {
    const test = await testWarehouse('together');
    await test.asWriter('create table t (id integer)');
    const others = [1, 2].map(() => createPostgresWarehouse(test.options));
    const all = [test.warehouse, ...others];
    const opened = await Promise.all(all.map((warehouse, i) => warehouse.openShadow(`together${i}`)));
    expect(opened.flatMap(({ gaps }) => gaps)).toEqual([]);
    expect(new Set(opened.map(({ shadow }) => shadow.database)).size).toBe(3);
    const bases = await test.asAdmin(
      `select from pg_database where datname like 'sluice_base_%'
         and shobj_description(oid, 'pg_database') like '%"of":"${test.db.database}"%'`,
    );
    expect(bases).toHaveLength(1);
    await Promise.all(opened.map(({ shadow }) => shadow.close()));
    await Promise.all(opened.map((_, i) => test.warehouse.dropShadow(`together${i}`)));
    await Promise.all(others.map((warehouse) => warehouse.close()));
    await test.close();
  });
});
