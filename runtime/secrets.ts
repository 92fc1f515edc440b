import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../schemas/errors';
import { writeFileAtomic } from './atomic';
import type { HomePaths } from './home';
import type { Passwords, Role } from './postgres/roles';
import { ROLES } from './postgres/roles';

export const SECRET_MODE = 0o600;

const secretFile = (paths: HomePaths, role: Role): string => path.join(paths.secrets, role);

export const hasSecret = (paths: HomePaths, role: Role): boolean => existsSync(secretFile(paths, role));

/**
 * Passwords of the embedded PostgreSQL's roles, from `<home>/secrets/<role>`.
 * @throws `secret_missing`
 */
export function rolePasswords(paths: HomePaths): Passwords {
  return Object.fromEntries(ROLES.map((role) => [role, readSecret(paths, role)])) as Passwords;
}

/** Generates those that are missing. Only for who also tells them to PostgreSQL: the supervisor. */
export function ensureRolePasswords(paths: HomePaths): Passwords {
  for (const role of ROLES) {
    if (!hasSecret(paths, role))
      writeFileAtomic(secretFile(paths, role), randomBytes(24).toString('base64url'), SECRET_MODE);
  }
  return rolePasswords(paths);
}

function readSecret(paths: HomePaths, role: Role): string {
  try {
    return readFileSync(secretFile(paths, role), 'utf8').trim();
  } catch (cause) {
    throw fail(
      'secret_missing',
      `The password of the role ${role} is not in ${paths.secrets}, or cannot be read.`,
      {
        next: 'Run sluice as the owner of the home; if the file is gone: sluice down && sluice up makes a new one.',
        place: secretFile(paths, role),
        cause,
      },
    );
  }
}

export const passFile = (paths: HomePaths): string => path.join(paths.secrets, 'pgpass');

/**
 * A password file as libpq reads it (`passfile=` in a connection string), so that a command line that a person copies
 * holds no password. Any port: it may change at the next start.
 */
export function writePassFile(paths: HomePaths, passwords: Passwords): void {
  const lines = Object.entries(passwords).map(([role, password]) => `127.0.0.1:*:*:${role}:${password}\n`);
  const file = passFile(paths);
  if (existsSync(file) && readFileSync(file, 'utf8') === lines.join('')) chmodSync(file, SECRET_MODE);
  else writeFileAtomic(file, lines.join(''), SECRET_MODE);
}
