import { lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../../runtime/atomic';
import { existingHome, prepareHome } from '../../runtime/home';
import { SECRET_MODE } from '../../runtime/secrets';
import { fail } from '../../schemas/errors';
import { isStackCredential } from '../../schemas/secret-ref';

/** As in references: `secret://name`. */
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

export interface SecretListing {
  name: string;
  /** ISO 8601. */
  setAt: string;
}

/**
 * Writes `<home>/secrets/<name>`, for its owner only. The worker reads it at its next use; nothing is restarted.
 * Throws `usage` for a name or a value that cannot be a secret.
 */
export function setSecret(home: string, name: string, value: string): void {
  assertName(name);
  if (value === '' || value.includes('\0')) {
    throw fail(
      'usage',
      `The value given for the secret "${name}" is ${value === '' ? 'empty' : 'not text'}.`,
      {
        next: `Pipe the value in: sluice secret set ${name} < file`,
      },
    );
  }
  writeFileAtomic(path.join(prepareHome(home).secrets, name), value, SECRET_MODE);
}

/** Names and times, never values. */
export function listSecrets(home: string): SecretListing[] {
  const { secrets } = existingHome(home);
  return namesIn(secrets)
    .filter((name) => NAME.test(name) && !isStackCredential(name))
    .map((name) => ({ name, stat: lstatSync(path.join(secrets, name), { throwIfNoEntry: false }) }))
    .filter(({ stat }) => stat?.isFile())
    .map(({ name, stat }) => ({ name, setAt: stat!.mtime.toISOString() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Throws `not_found` when there is none of that name. */
export function removeSecret(home: string, name: string): void {
  assertName(name);
  if (!listSecrets(home).some((secret) => secret.name === name)) {
    throw fail('not_found', `There is no secret "${name}".`, {
      next: 'List the secrets: sluice secret list.',
    });
  }
  rmSync(path.join(existingHome(home).secrets, name));
}

function assertName(name: string): void {
  if (!NAME.test(name)) {
    throw fail(
      'usage',
      'A secret’s name is a letter or "_", then letters, digits, "_", "." or "-" (128 at most).',
      {
        next: 'Choose such a name and refer to it as secret://NAME.',
      },
    );
  }
  if (isStackCredential(name)) {
    throw fail('usage', `The secret "${name}" is the stack's own.`, { next: 'Choose another name.' });
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fail('permission_denied', `The secrets in ${directory} cannot be read.`, {
      next: 'Run sluice as the owner of the home.',
      cause,
    });
  }
}
