import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { canReach, serverAccount } from '../postgres/account';
import { missingLinks, packagedBinaries, reachableBinaries } from '../postgres/binaries';
import { findTemporal } from '../temporal/binary';
import type { Diagnosis } from './check';
import { examine, failed, ok, warning } from './check';

const NODE = { major: 20, minor: 11 };
const GIB = 1024 ** 3;
/** Below this PostgreSQL runs out of room for its write-ahead log in the middle of a load. */
const DISK = { failed: 1 * GIB, warning: 5 * GIB };

/** What the stack needs of the machine, whether it runs or not. */
export function machineChecks(home: string): Promise<Diagnosis[]> {
  return Promise.all([
    examine('node', node),
    examine('dependencies', dependencies),
    examine('postgres binaries', postgresBinaries),
    examine('temporal binary', temporalBinary),
    examine('disk space', () => diskSpace(home)),
  ]);
}

function node(): Diagnosis {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fine = major > NODE.major || (major === NODE.major && minor >= NODE.minor);
  if (fine) return ok('node', process.versions.node);
  return failed(
    'node',
    'internal',
    process.versions.node,
    `Install Node.js ${NODE.major}.${NODE.minor} or newer.`,
  );
}

/** The packages with native code: what a `node_modules` of another platform, or half an installation, lacks. */
function dependencies(): Diagnosis {
  const native = ['@temporalio/worker', '@temporalio/core-bridge', 'libpg-query', 'pg'];
  const missing = native.filter((name) => {
    try {
      require.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return ok('dependencies', 'installed');
  return failed('dependencies', 'not_found', `not installed: ${missing.join(', ')}`, 'npm ci');
}

function postgresBinaries(): Diagnosis {
  const name = 'postgres binaries';
  const packaged = packagedBinaries();
  const links = missingLinks(packaged);
  if (links.length > 0) {
    return failed(
      name,
      'not_found',
      `${links.length} library links are missing in ${packaged.root}`,
      'npm run setup',
    );
  }
  const account = serverAccount();
  const binaries = reachableBinaries(account);
  if (!canReach(account, binaries.postgres)) {
    return failed(
      name,
      'permission_denied',
      `${account?.name ?? 'we'} cannot run ${binaries.postgres}`,
      'Move the clone to where that account can reach it.',
    );
  }
  const as = account ? { uid: account.uid, gid: account.gid } : {};
  const run = spawnSync(binaries.postgres, ['--version'], { ...as, cwd: '/', encoding: 'utf8' });
  if (run.status === 0) return ok(name, `${run.stdout.trim()}${account ? `, runs as ${account.name}` : ''}`);
  return failed(name, 'not_found', (run.error?.message ?? run.stderr).trim(), 'npm ci && npm run setup');
}

function temporalBinary(): Diagnosis {
  const name = 'temporal binary';
  const binary = findTemporal();
  if (!binary)
    return warning(
      name,
      'neither on PATH nor in the cache',
      'npm run setup builds it (about 5 minutes, once); `sluice up` does, too',
    );
  const run = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  if (run.status !== 0)
    return failed(name, 'not_found', `${binary} does not run`, `Remove ${binary}, then: npm run setup`);
  return ok(name, `${binary}: ${run.stdout.trim()}`);
}

function diskSpace(home: string): Diagnosis {
  const name = 'disk space';
  let place = path.resolve(home);
  while (!existsSync(place)) place = path.dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const found = `${(free / GIB).toFixed(1)} GiB free at ${place}`;
  const mend = 'Free some space, or set SLUICE_HOME to a directory on another disk.';
  if (free < DISK.failed) return failed(name, 'disk_full', found, mend);
  return free < DISK.warning ? warning(name, found, mend) : ok(name, found);
}
