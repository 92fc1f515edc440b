import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { serverAccount } from '../../runtime/postgres/account';
import { reachableBinaries } from '../../runtime/postgres/binaries';
import { asAccount, initialise, serverArguments } from '../../runtime/postgres/cluster';
import type { Passwords } from '../../runtime/postgres/roles';
import { ensureDatabase, ensureRoles, postgresUrl, ROLES } from '../../runtime/postgres/roles';
import { choosePort } from '../../runtime/ports';
import { migrateLedger } from '../../warehouses/postgres/ledger';
import { endGuarded, startGuarded } from './guarded';
import { initialiseOlder, olderBinaries, type OlderMajor } from './older-postgres';

/** Cloned by `testDatabase()`; the second one has Sluice's ledger. Nobody may stay connected to a template. */
export const BARE_TEMPLATE = 'sluice_test_bare';
export const LEDGER_TEMPLATE = 'sluice_test_ledger';

export interface TestCluster {
  adminUrl: string;
  stop(): Promise<void>;
}

/**
 * One throw-away PostgreSQL for a whole test run, with the product's roles, all under one generated password. A
 * `durable` one has the product's settings (for benches); otherwise nothing is ever synced to disk. `major`: instead of
 * the embedded one.
 */
export async function startTestCluster(
  options: { durable?: boolean; major?: OlderMajor } = {},
): Promise<TestCluster> {
  const { durable = false, major } = options;
  const root = mkdtempSync(path.join(tmpdir(), 'sluice-test-pg-'));
  chmodSync(root, 0o755); // the cluster's own directory below it is private to its account
  const account = serverAccount();
  if (account) chownSync(root, account.uid, account.gid); // who ends the server also clears it away
  const binaries = reachableBinaries(account, major === undefined ? undefined : olderBinaries(major));
  const cluster = { root: path.join(root, 'cluster'), binaries, account };
  const password = randomBytes(18).toString('base64url');
  if (major === undefined) initialise(cluster, { superuserPassword: password, unsafe: !durable });
  else initialiseOlder(cluster, password);

  // Test runs start beside each other: look from a random place, so that two rarely look at the same port.
  const from = 20_000 + Math.floor(Math.random() * 20_000);
  const port = await choosePort({ what: 'the test PostgreSQL', key: '-', from });
  const log = path.join(root, 'postgres.log');
  const { uid, gid, cwd } = asAccount(cluster);
  const server = startGuarded(cluster.binaries.postgres, serverArguments(cluster, port), {
    signal: 'INT',
    log,
    scratch: root,
    uid,
    gid,
    cwd,
  });
  const adminUrl = postgresUrl('postgres', password, port, 'postgres');
  const client = await connectWhenUp(adminUrl, server, log);
  try {
    await ensureRoles(client, Object.fromEntries(ROLES.map((role) => [role, password])) as Passwords);
    await ensureDatabase(client, BARE_TEMPLATE, 'sluice_writer', []);
    await ensureDatabase(client, LEDGER_TEMPLATE, 'sluice_writer', []);
  } finally {
    await client.end();
  }
  await applyLedger(postgresUrl('sluice_writer', password, port, LEDGER_TEMPLATE));
  return { adminUrl, stop: () => endGuarded(server) };
}

async function connectWhenUp(url: string, server: ChildProcess, log: string): Promise<Client> {
  for (const end = Date.now() + 30_000; ;) {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined); // its end is seen by the next query
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (server.exitCode !== null || Date.now() > end) {
        throw new Error(`The test PostgreSQL did not come up:\n${readFileSync(log, 'utf8')}`, {
          cause: error,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

async function applyLedger(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await migrateLedger(client);
  } finally {
    await client.end();
  }
}
