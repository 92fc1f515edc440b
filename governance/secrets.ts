import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, type SluiceError } from '../schemas/errors';
import type { Config } from '../schemas/config';
import { isStackCredential } from '../schemas/secret-ref';
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
 * provider `vault` alone. The stack's own credentials are not to be had here.
 * Throws `literal_secret`, `secret_missing`, `permission_denied`, and what a provider throws that cannot answer.
 */
export function resolverOf(providers: readonly SecretProvider[], vault?: SecretProvider): ResolveSecret {
  const resolve = ownResolverOf(providers, vault);
  return async (reference) => {
    const name = parseReference(reference)?.name;
    if (name !== undefined && isStackCredential(name)) throw reserved(name, "is the stack's own");
    return resolve(reference);
  };
}

/**
 * The same for one that runs goals: what the worker itself needs (its store, Temporal, keys of encryption, Vault,
 * lineage) is not for a goal's connections, models or notifiers either.
 */
export function withoutOwn(resolve: ResolveSecret, config: Config): ResolveSecret {
  const own = new Set(ownReferences(config));
  return async (reference) => {
    if (own.has(reference)) {
      throw reserved(reference.slice('secret://'.length), 'is for the worker itself, by its configuration');
    }
    return resolve(reference);
  };
}

/** What a worker's own parts are opened with; connections, models and notifiers are what goals use. */
function ownReferences({ store, temporal, encryption, secrets, lineage }: Config): string[] {
  const { tls } = temporal;
  const keys = typeof encryption === 'object' ? [encryption.key, ...encryption.olderKeys] : [];
  const auth = secrets.vault?.auth;
  return [
    ...[store?.password, temporal.apiKey, typeof tls === 'object' ? tls.key : undefined, ...keys],
    ...[auth?.token, auth?.appRole?.secretId, auth?.appRole?.roleId, lineage?.apiKey],
  ].filter((reference) => reference !== undefined);
}

function reserved(name: string, why: string): SluiceError {
  return fail('permission_denied', `The secret "${name}" ${why}: goals and connections cannot use it.`, {
    next: 'Set another secret (`sluice secret set NAME`) for this connection, and refer to that.',
  });
}

/** As {@link resolverOf}, the stack's own credentials included: for the stack itself, never for what a goal names. */
export function ownResolverOf(providers: readonly SecretProvider[], vault?: SecretProvider): ResolveSecret {
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

/** The same for the stack itself: its own credentials, too. */
export function ownSecretResolver(home: string, env: NodeJS.ProcessEnv = process.env): ResolveSecret {
  return ownResolverOf([environmentSecrets(env), fileSecrets(home)]);
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
