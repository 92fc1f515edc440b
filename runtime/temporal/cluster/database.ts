import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { fail } from '../../../schemas/errors';
import { writeFileAtomic } from '../../atomic';
import type { HomePaths } from '../../home';
import { withClient } from '../../postgres/connect';
import { postgresUrl } from '../../postgres/roles';
import { rolePasswords, SECRET_MODE } from '../../secrets';
import { DATABASE_ROLE, DATABASES } from './config';
import type { ClusterPrograms } from './install';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;

/** The password of Temporal's own role, made at the first start. */
export function databasePassword(paths: HomePaths): string {
  const file = path.join(paths.secrets, DATABASE_ROLE);
  if (!existsSync(file)) writeFileAtomic(file, randomBytes(24).toString('base64url'), SECRET_MODE);
  return readFileSync(file, 'utf8').trim();
}

/**
 * Temporal's two databases in the embedded PostgreSQL, with a role of their own that gets into no other, and their
 * tables as this server wants them. Idempotent; data of an older server is upgraded.
 * @throws `database_error`
 */
export async function ensureTemporalDatabases(
  paths: HomePaths,
  port: number,
  programs: ClusterPrograms,
): Promise<void> {
  const superuser = rolePasswords(paths).postgres;
  const password = databasePassword(paths);
  const url = (database: string): string => postgresUrl('postgres', superuser, port, database);
  await withClient(url('postgres'), TIMEOUT_MS, async (client) => {
    await ensureRole(client, password);
    for (const database of Object.values(DATABASES)) await ensureOwned(client, database);
  });
  for (const [folder, database] of [
    ['temporal', DATABASES.default],
    ['visibility', DATABASES.visibility],
  ] as const) {
    const versioned = path.join(programs.schema, folder, 'versioned');
    const known = await withClient(url(database), TIMEOUT_MS, async (client) => {
      const { rows } = await client.query("select to_regclass('public.schema_version') is not null as known");
      return (rows[0] as { known: boolean }).known;
    });
    const tool = { programs, port, password, database };
    if (!known) await sqlTool(tool, ['setup-schema', '-v', '0.0']);
    await sqlTool(tool, ['update-schema', '-d', versioned]);
  }
}

async function ensureRole(client: Client, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [
    DATABASE_ROLE,
  ]);
  const attributes = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls login';
  // DDL takes no parameters. The password is one we generated; it still goes through the driver's quoting.
  await client.query(
    `${rowCount === 0 ? 'create' : 'alter'} role ${escapeIdentifier(DATABASE_ROLE)} ${attributes} password ${escapeLiteral(password)}`,
  );
}

async function ensureOwned(client: Client, database: string): Promise<void> {
  const name = escapeIdentifier(database);
  const { rowCount } = await client.query('select from pg_catalog.pg_database where datname = $1', [
    database,
  ]);
  if (rowCount === 0) await client.query(`create database ${name} owner ${escapeIdentifier(DATABASE_ROLE)}`);
  await client.query(`revoke connect, temporary on database ${name} from public`);
}

async function sqlTool(
  {
    programs,
    port,
    password,
    database,
  }: {
    programs: ClusterPrograms;
    port: number;
    password: string;
    database: string;
  },
  args: string[],
): Promise<void> {
  // By the environment: a command line can be read by everybody on the machine.
  const env = {
    PATH: process.env.PATH,
    SQL_PLUGIN: 'postgres12',
    SQL_HOST: '127.0.0.1',
    SQL_PORT: String(port),
    SQL_USER: DATABASE_ROLE,
    SQL_PASSWORD: password,
    SQL_DATABASE: database,
  };
  try {
    await run(programs.sql, args, { env, timeout: 120_000, maxBuffer: 10 * 1024 * 1024 });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}`.trim().split('\n').at(-1)?.replaceAll(password, '[redacted]') ?? '';
    throw fail(
      'database_error',
      `Temporal's tables in ${database} could not be made: ${said.slice(0, 500)}`,
      {
        next: 'Look whether the disk is full; then `sluice up --cluster` again.',
        state: 'The stack was not started; what was there is kept.',
        cause,
      },
    );
  }
}
