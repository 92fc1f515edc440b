import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { escapeLiteral } from 'pg';
import { fail } from '../../schemas/errors';
import type { Account } from './account';
import type { Binaries } from './binaries';

/** One database cluster: a directory, the binaries it runs with, and the account that owns it. */
export interface Cluster {
  /** Owned by the account, mode 0700; holds `data/`. */
  root: string;
  binaries: Binaries;
  account: Account | undefined;
}

export const dataDirectory = (cluster: Cluster): string => path.join(cluster.root, 'data');

/** For `spawn`: run as the cluster's account, with nothing of our environment (it may hold secrets and PG* variables). */
export function asAccount({ account }: Cluster): {
  uid?: number;
  gid?: number;
  env: NodeJS.ProcessEnv;
  cwd: string;
} {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return account ? { uid: account.uid, gid: account.gid, env, cwd: '/' } : { env, cwd: '/' };
}

export const isInitialised = (cluster: Cluster): boolean =>
  existsSync(path.join(dataDirectory(cluster), 'PG_VERSION'));

/** Settings written to postgresql.conf once, where a person may change them afterwards. */
export function defaultSettings(memoryBytes = totalmem()): Record<string, string> {
  const mb = memoryBytes / 1024 / 1024;
  const between = (low: number, value: number, high: number): string =>
    `${Math.floor(Math.min(high, Math.max(low, value)))}MB`;
  return {
    // A quarter of the memory is PostgreSQL's own rule of thumb; the machine also runs Temporal and a worker.
    shared_buffers: between(64, mb / 8, 1024),
    work_mem: between(4, mb / 256, 64),
    maintenance_work_mem: between(32, mb / 32, 256),
    max_connections: '100',
    // A bulk load writes gigabytes of WAL; small limits would checkpoint (and write full pages) all the time.
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%u@%d %a ',
    // Errors and statements quote values of rows; a log file is no place for them. `log` ranks above `error`.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    password_encryption: 'scram-sha-256',
  };
}

export interface InitOptions {
  superuserPassword: string;
  /** For throw-away clusters only: a crash of the machine loses everything. */
  unsafe?: boolean;
}

/**
 * Makes the cluster. UTF-8 with the builtin C.UTF-8 collation: the same order on every machine, whatever its libc;
 * an index never goes wrong by an upgrade of the system. Page checksums on.
 * @throws `disk_full`, `internal`
 */
export function initialise(cluster: Cluster, options: InitOptions): void {
  const { root, account } = cluster;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  if (account) chownSync(root, account.uid, account.gid);
  const data = dataDirectory(cluster);
  // Whatever a crash in the middle of an earlier initdb left is of no use.
  const building = `${data}.building`;
  rmSync(building, { recursive: true, force: true });
  const passwordFile = path.join(root, `.${randomBytes(6).toString('hex')}`);
  writeFileSync(passwordFile, `${options.superuserPassword}\n`, { mode: 0o600 });
  if (account) chownSync(passwordFile, account.uid, account.gid);
  const settings = { ...defaultSettings(), ...(options.unsafe ? UNSAFE : {}) };
  try {
    const run = spawnSync(
      cluster.binaries.initdb,
      [
        `--pgdata=${building}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--no-locale',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--text-search-config=english',
        '--data-checksums',
        '--no-instructions',
        ...(options.unsafe ? ['--no-sync'] : []),
        ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
      ],
      { ...asAccount(cluster), encoding: 'utf8' },
    );
    if (run.status !== 0) throw initFailure(root, run.error?.message ?? run.stderr);
    // PG_VERSION at its final place means: complete.
    renameSync(building, data);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Gives the superuser a new password when the old one is lost, as whoever owns the data can: in single-user mode, while
 * the server is stopped.
 * @throws `internal`
 */
export function setSuperuserPassword(cluster: Cluster, password: string): void {
  const input = `alter role postgres password ${escapeLiteral(password)}\n`;
  const args = ['--single', '-D', dataDirectory(cluster), 'postgres'];
  const run = spawnSync(cluster.binaries.postgres, args, { ...asAccount(cluster), input, encoding: 'utf8' });
  if (run.status === 0) return;
  throw fail('internal', "PostgreSQL's lost superuser password could not be replaced.", {
    next: 'Bring back the home as it was, or remove it to start anew.',
    state: 'PostgreSQL was not started; the data is untouched.',
    place: dataDirectory(cluster),
  });
}

/** Every COMMIT of a throw-away cluster is as fast as memory. */
const UNSAFE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_level: 'replica' };

function initFailure(root: string, output: string): Error {
  const said = output.trim().split('\n').at(-1) ?? 'no output';
  const [code, next] = /No space left on device/i.test(output)
    ? (['disk_full', 'Free some disk space (about 100 MB), then try again.'] as const)
    : /could not look up effective user ID/.test(output)
      ? ([
          'permission_denied',
          'Run sluice as a user that has an entry in /etc/passwd: PostgreSQL insists on one.',
        ] as const)
      : (['internal', 'Run `sluice doctor`.'] as const);
  return fail(code, `initdb could not make the PostgreSQL cluster in ${root}: ${said}`, {
    next,
    state: 'There is no PostgreSQL cluster yet.',
  });
}

/**
 * Arguments of the `postgres` server process. Loopback only and no Unix socket: the address is the same for every
 * client, and the path of a home may be longer than a socket's name can be.
 */
export function serverArguments(cluster: Cluster, port: number): string[] {
  return [
    ['-D', dataDirectory(cluster)],
    ['-p', String(port)],
    ['-c', 'listen_addresses=127.0.0.1'],
    ['-c', 'unix_socket_directories='],
  ].flat();
}
