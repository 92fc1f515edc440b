import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../schemas/errors';
import { rememberSecret } from './redact';
import { parseReference, type SecretName } from './secret-reference';

/** Turns a reference `secret://name` into its value, at the moment of use, inside an activity. */
export type ResolveSecret = (reference: string) => Promise<string>;

/** One place where secrets are kept. */
export interface SecretProvider {
  /** For messages: where somebody would look. */
  readonly name: string;
  /** How a missing one is put there, as part of a sentence: `run …`, `set …`. */
  remedy(secret: SecretName): string;
  /**
   * The value, or `undefined` when this place does not have it. Throws when it cannot say: the next place must not be
   * asked then, it may have another value.
   */
  get(secret: SecretName): Promise<string | undefined>;
}

/** Variables `SLUICE_SECRET_<NAME>`: upper case, other characters as `_`. */
export function environmentSecrets(env: NodeJS.ProcessEnv = process.env): SecretProvider {
  const variable = (name: string): string => `SLUICE_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
  return {
    name: 'the environment',
    remedy: ({ name }) => `set ${variable(name)} in the worker's environment and restart it`,
    get: ({ name }) => Promise.resolve(env[variable(name)]),
  };
}

/** Files `<home>/secrets/<name>` that only their owner can read; a trailing newline is dropped. */
export function fileSecrets(home: string): SecretProvider {
  return {
    name: 'the home',
    remedy: ({ name }) => `run \`sluice secret set ${name}\``,
    get: ({ name }) => readSecretFile(join(home, 'secrets', name)),
  };
}

/**
 * Asks the providers in their order; what is found is remembered for redaction. `secret://vault/path#field` is for the
 * provider `vault` alone.
 * Throws `literal_secret`, `secret_missing`, and what a provider throws that cannot answer.
 */
export function resolverOf(providers: readonly SecretProvider[], vault?: SecretProvider): ResolveSecret {
  return async (reference) => {
    const secret = parseReference(reference);
    if (secret === undefined) {
      throw fail(
        'literal_secret',
        'A credential must be a reference like secret://name; a literal was given.',
        {
          next: 'Put the value into a secret (`sluice secret set NAME`) and refer to it by name.',
        },
      );
    }
    const asked = secret.path === undefined ? providers : vault ? [vault] : [];
    if (asked.length === 0) {
      throw fail('invalid_config', `${reference} is in Vault, of which the configuration says nothing.`, {
        next: 'Add `secrets: { vault: { address: … } }` to sluice.config.yaml: docs/secrets.md.',
        place: 'secrets.vault',
      });
    }
    for (const provider of asked) {
      const value = await provider.get(secret);
      if (value === undefined || value === '') continue;
      rememberSecret(value);
      return value;
    }
    const remedies = [...asked].reverse().map((provider) => provider.remedy(secret));
    throw fail('secret_missing', `The secret "${secret.name}" is not set for the worker.`, {
      next: `${sentence(remedies)}.`,
    });
  };
}

/** The environment, then the home's files. */
export function secretResolver(home: string, env: NodeJS.ProcessEnv = process.env): ResolveSecret {
  return resolverOf([environmentSecrets(env), fileSecrets(home)]);
}

function sentence(remedies: readonly string[]): string {
  const text = remedies.join(', or ');
  return text.charAt(0).toUpperCase() + text.slice(1);
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
