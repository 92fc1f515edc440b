import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { restrictConnect } from '../../runtime/postgres/roles';
import { BARE_TEMPLATE, LEDGER_TEMPLATE } from './postgres-cluster';

/** The major of this project's PostgreSQL, where that is not the embedded one; see jest.config.cjs. */
const major = (globalThis as { SLUICE_TEST_MAJOR?: number }).SLUICE_TEST_MAJOR;
/** The major of the PostgreSQL that these tests run on. */
export const SERVER_MAJOR = major ?? 18;
/** How a generated column says that it is computed: older servers can only store it. */
export const VIRTUAL = SERVER_MAJOR >= 18 ? 'virtual' : 'stored';

/** Of a unique index or constraint; older servers know no such thing. */
export const NULLS_ALIKE = SERVER_MAJOR >= 15 ? 'nulls not distinct' : '';

export interface TestDatabase {
  database: string;
  /** As `sluice_writer`, who owns the database. */
  url: string;
  /** As `sluice_reader`, read-only. */
  readerUrl: string;
  /** As the superuser `postgres`, to this database. */
  adminUrl: string;
  host: string;
  port: number;
  /** Of every role in the test cluster. */
  password: string;
  /** Ends every session in it and drops it. Idempotent. */
  drop(): Promise<void>;
}

/**
 * A fresh database of its own, cloned from a template on the shared cluster of this test run. Sluice's ledger is in
 * it; `ledger: false` leaves it out.
 */
export async function testDatabase(name = 'test', { ledger = true } = {}): Promise<TestDatabase> {
  const database = `${name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 40)}_${randomBytes(5).toString('hex')}`;
  const template = ledger ? LEDGER_TEMPLATE : BARE_TEMPLATE;
  await asAdmin(async (client) => {
    const [made, from] = [escapeIdentifier(database), escapeIdentifier(template)];
    await client.query(`create database ${made} template ${from} owner sluice_writer`);
    await restrictConnect(client, database, ['sluice_writer', 'sluice_reader']);
  });
  const at = (role: string): string => {
    const url = adminUrl();
    url.username = role;
    url.pathname = `/${database}`;
    return url.href;
  };
  const { hostname, port, password } = adminUrl();
  return {
    database,
    url: at('sluice_writer'),
    readerUrl: at('sluice_reader'),
    adminUrl: at('postgres'),
    host: hostname,
    port: Number(port),
    password,
    drop: () =>
      asAdmin(async (client) => {
        await client.query(`drop database if exists ${escapeIdentifier(database)} with (force)`);
      }),
  };
}

function adminUrl(): URL {
  const url = process.env[`SLUICE_TEST_PG_ADMIN_URL${major === undefined ? '' : `_${major}`}`];
  if (!url)
    throw new Error(
      'SLUICE_TEST_PG_ADMIN_URL is not set: run tests with jest, whose globalSetup starts PostgreSQL.',
    );
  return new URL(url);
}

async function asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl().href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
