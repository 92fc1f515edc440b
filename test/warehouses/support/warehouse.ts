import { Client } from 'pg';
import type { PostgresWarehouseOptions } from '../../../warehouses/postgres/warehouse';
import { createPostgresWarehouse } from '../../../warehouses/postgres/warehouse';
import type { Warehouse } from '../../../warehouses/warehouse';
import type { TestDatabase } from '../../support/postgres';
import { testDatabase } from '../../support/postgres';

export interface TestWarehouse {
  db: TestDatabase;
  warehouse: Warehouse;
  options: PostgresWarehouseOptions;
  /** Runs statements as the owner of the database, outside of Sluice. */
  asWriter(sql: string): Promise<Record<string, unknown>[]>;
  asAdmin(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export function warehouseOptions(db: TestDatabase): PostgresWarehouseOptions {
  const login = (user: string): { user: string; password: string } => ({ user, password: db.password });
  return {
    ...{ name: 'local', environment: 'dev', host: db.host, port: db.port, database: db.database },
    ...{ reader: login('sluice_reader'), writer: login('sluice_writer') },
    ...{ admin: login('postgres'), rehearsal: login('sluice_rehearsal') },
  };
}

export async function testWarehouse(
  name: string,
  change: Partial<PostgresWarehouseOptions> = {},
): Promise<TestWarehouse> {
  const db = await testDatabase(name);
  const options = { ...warehouseOptions(db), ...change };
  const warehouse = createPostgresWarehouse(options);
  return {
    db,
    warehouse,
    options,
    asWriter: (sql) => run(db.url, sql),
    asAdmin: (sql) => run(db.adminUrl, sql),
    async close() {
      await warehouse.close();
      await db.drop();
    },
  };
}

/** The rows of the last statement. */
export async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const results = (await client.query(sql)) as unknown as
      { rows: Record<string, unknown>[] }[] | { rows: Record<string, unknown>[] };
    return Array.isArray(results) ? results[results.length - 1]!.rows : results.rows;
  } finally {
    await client.end();
  }
}
