import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../atomic';
import type { HomePaths } from '../home';
import type { Account } from './account';
import { canReach } from './account';

/** Where clusters go whose home PostgreSQL's account cannot reach. */
const OUTSIDE = '/var/lib/sluice';

const pointer = (paths: HomePaths): string => path.join(paths.home, 'postgres.location');

/** Where the home's cluster is, if one was ever made. */
export function knownClusterRoot(paths: HomePaths): string | undefined {
  if (existsSync(pointer(paths))) return readFileSync(pointer(paths), 'utf8').trim();
  return existsSync(path.join(paths.postgres, 'data')) ? paths.postgres : undefined;
}

/**
 * The directory of the home's cluster: `<home>/postgres`, or, when we are root and PostgreSQL's account cannot
 * traverse to the home (below /root, or a directory of mode 0700), one of its own below /var/lib, which the home then
 * points to. The name is random: a path's hash would hand the data of a deleted home to the next one of that name.
 */
export function clusterRoot(paths: HomePaths, account: Account | undefined): string {
  const known = knownClusterRoot(paths);
  if (known !== undefined) return known;
  if (!account || canReachThrough(account, paths.home)) return paths.postgres;

  mkdirSync(OUTSIDE, { recursive: true });
  chmodSync(OUTSIDE, 0o755); // whatever our umask is
  const root = path.join(OUTSIDE, randomBytes(8).toString('hex'));
  mkdirSync(root, { mode: 0o700 });
  chownSync(root, account.uid, account.gid);
  // So that whoever finds the directory learns whose it is.
  writeFileSync(path.join(root, 'home'), `${paths.home}\n`);
  writeFileAtomic(pointer(paths), `${root}\n`);
  return root;
}

/** Clusters below /var/lib whose home is gone: nothing will ever start them again, and nothing removes them. */
export function orphanedClusters(): string[] {
  if (!existsSync(OUTSIDE)) return [];
  return readdirSync(OUTSIDE)
    .map((name) => path.join(OUTSIDE, name))
    .filter((root) => {
      try {
        return !existsSync(readFileSync(path.join(root, 'home'), 'utf8').trim());
      } catch {
        return false; // not ours to judge
      }
    });
}

/** The home may be entered but not listed by others, so it is tried with a directory inside it. */
function canReachThrough(account: Account, home: string): boolean {
  const probe = mkdtempSync(path.join(home, 'probe-'));
  try {
    chownSync(probe, account.uid, account.gid);
    return canReach(account, probe);
  } finally {
    rmdirSync(probe);
  }
}
