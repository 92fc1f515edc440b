import { chmodSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../schemas/errors';

export const CONFIG_FILE = 'sluice.config.yaml';
const HOME_NAME = '.sluice';

/** Everything Sluice keeps on one machine lies below its home. */
export interface HomePaths {
  home: string;
  /** What runs: pids, ports, versions. */
  stack: string;
  /** Held while the stack is started or stopped. */
  lock: string;
  logs: string;
  /** One file per secret, mode 0600. */
  secrets: string;
  temporal: string;
  postgres: string;
}

/**
 * Where state lives: `SLUICE_HOME`, else `.sluice` in the nearest directory from `cwd` upwards that has one or a
 * `sluice.config.yaml`, else `.sluice` in `cwd`.
 */
export function findHome(cwd = process.cwd(), env = process.env): string {
  if (env.SLUICE_HOME) return path.resolve(cwd, env.SLUICE_HOME);
  const project = nearest(
    cwd,
    (dir) => existsSync(path.join(dir, HOME_NAME)) || existsSync(path.join(dir, CONFIG_FILE)),
  );
  return path.join(project ?? path.resolve(cwd), HOME_NAME);
}

/**
 * The configuration that belongs to a home: `SLUICE_CONFIG`, else beside it, else the nearest one from `cwd` upwards (a home elsewhere, by
 * SLUICE_HOME, serves the project one stands in).
 */
export function findConfig(home: string, cwd = process.cwd(), env = process.env): string | undefined {
  if (env.SLUICE_CONFIG) return path.resolve(cwd, env.SLUICE_CONFIG);
  const beside = path.join(path.dirname(home), CONFIG_FILE);
  if (existsSync(beside)) return beside;
  const project = nearest(cwd, (dir) => existsSync(path.join(dir, CONFIG_FILE)));
  return project === undefined ? undefined : path.join(project, CONFIG_FILE);
}

function nearest(from: string, has: (directory: string) => boolean): string | undefined {
  for (let directory = path.resolve(from); ; directory = path.dirname(directory)) {
    if (has(directory)) return directory;
    if (directory === path.dirname(directory)) return undefined;
  }
}

export function homePaths(home: string): HomePaths {
  const at = (name: string): string => path.join(home, name);
  return {
    home,
    stack: at('stack.json'),
    lock: at('lock'),
    logs: at('logs'),
    secrets: at('secrets'),
    temporal: at('temporal'),
    postgres: at('postgres'),
  };
}

/** The paths of a home that may exist, by the one name that it has without symbolic links. */
export function existingHome(home: string): HomePaths {
  return homePaths(existsSync(home) ? realpathSync(home) : home);
}

/** Others may pass through (PostgreSQL's account must, when we are root) but see nothing. */
export const HOME_MODE = 0o711;
export const PRIVATE_MODE = 0o700;

/**
 * Makes the home and its private directories. Idempotent.
 * @throws `permission_denied`, `disk_full`
 */
export function prepareHome(home: string): HomePaths {
  try {
    mkdirSync(home, { recursive: true });
    // Through symbolic links there would be two names, and two stacks, for one home.
    const paths = homePaths(realpathSync(home));
    chmodSync(paths.home, HOME_MODE);
    for (const directory of [paths.logs, paths.secrets, paths.temporal]) {
      mkdirSync(directory, { recursive: true });
      chmodSync(directory, PRIVATE_MODE);
    }
    return paths;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw fail(
      code === 'ENOSPC' ? 'disk_full' : 'permission_denied',
      `The home ${home} cannot be made or used (${code ?? 'unknown'}).`,
      {
        next: 'Give its directory to the user that runs sluice, or set SLUICE_HOME to another one.',
        cause,
      },
    );
  }
}
