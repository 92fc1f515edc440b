import { Client } from 'pg';
import { LEDGER_MIGRATIONS } from '../../warehouses/ledger.sql';
import { migrateLedger } from '../../warehouses/postgres/ledger';
import { createPostgresWarehouse } from '../../warehouses/postgres/warehouse';
import type { TestDatabase } from '../support/postgres';
import { testDatabase } from '../support/postgres';
import { run, warehouseOptions } from './support/warehouse';

describe('the ledger', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await testDatabase('ledger', { ledger: false });
  });
  afterEach(() => db.drop());

  const migrated = async (): Promise<number> => {
    const client = new Client({ connectionString: db.url });
    await client.connect();
    try {
      return await migrateLedger(client);
    } finally {
      await client.end();
    }
  };

  it('is there after the first use of a warehouse, even a look', async () => {
    const warehouse = createPostgresWarehouse(warehouseOptions(db));
    expect(await warehouse.live.read((session) => session.query('select from sluice.change'))).toEqual([]);
    await warehouse.close();
  });

  it('is made once, whoever comes first', async () => {
    expect(await Promise.all(Array.from({ length: 6 }, migrated))).toEqual(
      Array(6).fill(LEDGER_MIGRATIONS.length),
    );
    const versions = await run(db.url, 'select version from sluice.migration order by version');
    expect(versions.map(({ version }) => version)).toEqual(LEDGER_MIGRATIONS.map((_, i) => i + 1));
  });

  it('is not touched when a newer Sluice made it', async () => {
    await migrated();
    await run(db.url, `insert into sluice.migration values (1000)`);
    await expect(migrated()).rejects.toMatchObject({ code: 'target_mismatch' });
  });

  it('leaves nothing behind when a migration fails', async () => {
    await run(db.url, 'create schema sluice; create table sluice.load (mine integer)');
    await expect(migrated()).rejects.toThrow();
    expect(await run(db.url, `select from pg_tables where schemaname = 'sluice'`)).toHaveLength(1);
  });

  it('has no table whose rows could not be deleted once somebody publishes all tables', async () => {
    await migrated();
    const unidentified = await run(
      db.url,
      `select relname from pg_class c where relnamespace = 'sluice'::regnamespace and relkind = 'r' and relreplident <> 'f'
         and not exists (select from pg_index where indrelid = c.oid and indisprimary)`,
    );
    expect(unidentified).toEqual([]);
  });

  it('lets nobody in by default privileges', async () => {
    await run(
      db.url,
      `alter default privileges grant all on schemas to public; alter default privileges grant all on tables to public`,
    );
    await migrated();
    const [row] = await run(
      db.adminUrl,
      `select has_schema_privilege('public', 'sluice', 'usage') as everybody, has_schema_privilege('sluice_store', 'sluice', 'create') as store,
         has_schema_privilege('sluice_reader', 'sluice', 'usage') as reader`,
    );
    expect(row).toEqual({ everybody: false, store: false, reader: true });
  });

  it('can be read by the reader, but for values of rows', async () => {
    await migrated();
    await run(
      db.url,
      `insert into sluice.quarantine (load_id, relation, reason, raw) values ('l', 'r', 'x', 'a secret')`,
    );
    const counts = await run(
      db.readerUrl,
      `select (select count(*)::int from sluice.change) as changes,
      (select count(*)::int from sluice.quarantine) as quarantined`,
    );
    expect(counts).toEqual([{ changes: 0, quarantined: 0 }]);
    expect(await run(db.url, 'select from sluice.quarantine')).toHaveLength(1);
    await expect(
      run(db.readerUrl, 'set transaction read write; delete from sluice.change'),
    ).rejects.toThrow();
  });
});
