import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../schemas/errors';
import { rememberSecret } from './redact';

/** Turns a reference `secret://name` into its value, at the moment of use, inside an activity. */
export type ResolveSecret = (reference: string) => Promise<string>;

/**
 * Looks in the environment (`SLUICE_SECRET_<NAME>`, upper case, other characters as `_`), then in
 * `<home>/secrets/<name>` (a file only its owner can read; a trailing newline is dropped).
 * Throws `secret_missing`.
 */
export function secretResolver(home: string, env: NodeJS.ProcessEnv = process.env): ResolveSecret {
  return async (reference) => {
    const name = /^secret:\/\/([A-Za-z_][A-Za-z0-9_.-]{0,127})$/.exec(reference)?.[1];
    if (name === undefined) {
      throw fail(
        'literal_secret',
        'A credential must be a reference like secret://name; a literal was given.',
        {
          next: 'Put the value into a secret (`sluice secret set NAME`) and refer to it by name.',
        },
      );
    }
    const variable = `SLUICE_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
    const value = env[variable] ?? (await readSecretFile(join(home, 'secrets', name)));
    if (value === undefined || value === '') {
      throw fail('secret_missing', `The secret "${name}" is not set for the worker.`, {
        next: `Run \`sluice secret set ${name}\`, or set ${variable} in the worker's environment and restart it.`,
      });
    }
    rememberSecret(value);
    return value;
  };
}

async function readSecretFile(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fail('permission_denied', 'A secret file exists but cannot be read.', {
      next: 'Give the file to the user the worker runs as, with mode 0600.',
      cause,
    });
  }
}
