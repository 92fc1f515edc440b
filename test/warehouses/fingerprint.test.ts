import { Client } from 'pg';
import { structureFingerprint } from '../../warehouses/postgres/fingerprint';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import { sessionOver } from './support/client-session';
import { DDL_CHANGES } from './support/ddl-changes';
import { makeNasty } from './support/nasty-schema';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

describe('the fingerprint of a structure', () => {
  let test: TestWarehouse;
  let client: Client;
  /** Of the schema as it is before every test: each rolls back what it did. */
  let before: string;
  const hash = async (): Promise<string> => (await structureFingerprint(sessionOver(client))).hash;

  beforeAll(async () => {
    test = await testWarehouse('fingerprint');
    await makeNasty(test);
    client = new Client({ connectionString: test.db.adminUrl });
    await client.connect();
    before = await hash();
  });
  afterAll(async () => {
    await client.end();
    await test.close();
  });
  beforeEach(() => client.query('begin'));
  afterEach(() => client.query('rollback'));

  // Always three: jest would take a missing third parameter for its `done`.
  const changes = DDL_CHANGES.map(([what, change, undo]): [string, string, string] => [
    what,
    change,
    undo ?? '',
  ]);
  it.each(changes)('moves with %s', async (_, change, undo) => {
    await client.query(change);
    expect(await hash()).not.toBe(before);
    if (undo === '') return;
    await client.query(undo);
    expect(await hash()).toBe(before);
  });

  it.each([
    ['rows', `insert into raw.self (id) values (1)`],
    ['positions of sequences', `select nextval('raw.counter')`],
    ['statistics', 'analyze raw.self'],
    [
      'another order of granting',
      'revoke all on raw.customer from public; grant insert on raw.customer to public',
    ],
    ['Sluice’s own schema', 'create table sluice.trash_x (id integer)'],
    ['temporary tables', 'create temporary table t (id integer)'],
    [
      'a column that came and went',
      'alter table raw.self add column x text; alter table raw.self drop column x',
    ],
    ['a table rewritten', 'cluster raw.self using self_pkey; alter table raw.self set without cluster'],
  ])('does not move with %s', async (_, sql) => {
    await client.query(sql);
    expect(await hash()).toBe(before);
  });

  it('is not fooled by a temporary table that calls itself pg_class', async () => {
    await client.query('create temporary table pg_class as select * from pg_catalog.pg_class limit 0');
    expect(await hash()).toBe(before);
  });

  it('is the same each time it is taken', async () => {
    expect(await hash()).toBe(before);
  });

  it('leaves the session’s settings as they were', async () => {
    await client.query(`set local search_path = raw, public`);
    await hash();
    const { rows } = await client.query<{ search_path: string }>('show search_path');
    expect(rows[0]!.search_path).toBe('raw, public');
  });

  it.each([
    ['large objects', 'select lo_create(0)'],
    [
      'changed privileges of system objects or of objects of an extension',
      'revoke execute on function pg_catalog.lower(text) from public',
    ],
    [
      'objects made in system schemas',
      'set local allow_system_table_mods = on; create function pg_catalog.mine() returns integer language sql as $$ select 1 $$',
    ],
  ])('says that it does not cover %s', async (what, sql) => {
    expect((await structureFingerprint(sessionOver(client))).uncovered).toEqual([]);
    await client.query(sql);
    expect((await structureFingerprint(sessionOver(client))).uncovered).toEqual([what]);
  });

  it('takes one name for another in a shadow', async () => {
    const aliased = async (to: string): Promise<string> => {
      const session = Object.assign(sessionOver(client), { roleAlias: { from: 'sluice_store', to } });
      return (await structureFingerprint(session)).hash;
    };
    await client.query('reassign owned by sluice_store to sluice_writer; drop owned by sluice_store');
    const mine = await aliased('sluice_writer');
    await client.query('alter table raw.self owner to sluice_store');
    expect(await aliased('sluice_writer')).toBe(mine);
    expect(await aliased('somebody')).not.toBe(mine);
  });

  describe('of single relations', () => {
    const one = async (name: string): Promise<string | undefined> =>
      (await fingerprintRelations(sessionOver(client), [name]))[name];

    it('gives each its own, and says what is absent', async () => {
      const names = ['raw.self', 'raw.orders', 'raw.*', 'raw.nothing', 'nothing.*', 'no_schema'];
      const found = await fingerprintRelations(sessionOver(client), names);
      expect(Object.keys(found)).toEqual(names);
      expect(names.filter((name) => found[name] === 'absent')).toEqual([
        'raw.nothing',
        'nothing.*',
        'no_schema',
      ]);
      expect(new Set(Object.values(found)).size).toBe(4);
    });

    it('takes a name without a schema as one of public', async () => {
      await client.query('create table public.plain (id integer)');
      expect(await one('plain')).toBe(await one('public.plain'));
    });

    it.each([
      ['a column', 'alter table raw.self add column x text', 'alter table raw.self drop column x'],
      ['an index', 'create index x on raw.self (id)', 'drop index raw.x'],
      [
        'a right',
        'grant select on raw.self to sluice_reader',
        'revoke select on raw.self from sluice_reader',
      ],
      [
        'the owner',
        'alter table raw.self owner to sluice_store',
        'alter table raw.self owner to sluice_writer',
      ],
      [
        'a trigger',
        'create trigger t after insert on raw.self for each row execute function raw.on_change()',
        'drop trigger t on raw.self',
      ],
      ['a policy', 'create policy p on raw.self using (true)', 'drop policy p on raw.self'],
    ])('moves with %s of the relation, and with it alone', async (_, change, undo) => {
      const [before, other] = [await one('raw.self'), await one('raw.animal')];
      await client.query(change);
      expect(await one('raw.self')).not.toBe(before);
      expect(await one('raw.animal')).toBe(other);
      await client.query(undo);
      expect(await one('raw.self')).toBe(before);
    });

    it('of a schema alone does not move with what is in it', async () => {
      const before = await one('raw.*');
      await client.query('create table raw.x (id integer)');
      expect(await one('raw.*')).toBe(before);
      await client.query('grant create on schema raw to sluice_reader');
      expect(await one('raw.*')).not.toBe(before);
    });
  });
});
