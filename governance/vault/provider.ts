import type { VaultConfig } from '../../schemas/config';
import { fail } from '../../schemas/errors';
import type { SecretName } from '../secret-reference';
import type { SecretProvider } from '../secrets';
import type { VaultClient } from './client';

/**
 * `secret://NAME` is the field `field` at `<mount>/<path>/NAME`; `secret://vault/PATH#FIELD` says both itself.
 * A secret without that field is an error, not a missing one: somebody made it for another purpose.
 */
export function vaultSecrets(client: VaultClient, { mount, path, field }: VaultConfig): SecretProvider {
  const place = (secret: SecretName): string =>
    secret.path ?? [path, secret.name].filter((part) => part !== '').join('/');
  const wanted = (secret: SecretName): string => secret.field ?? field;
  return {
    name: 'Vault',
    remedy: (secret) => `run \`vault kv put -mount=${mount} ${place(secret)} ${wanted(secret)}=-\``,
    async get(secret) {
      const fields = await client.read(place(secret));
      if (fields === undefined) return undefined;
      const value = Object.hasOwn(fields, wanted(secret)) ? fields[wanted(secret)] : undefined;
      if (value !== undefined) return value;
      const known = Object.keys(fields).sort().join(', ') || 'none';
      throw fail(
        'secret_missing',
        `The secret at ${mount}/${place(secret)} in Vault has no field "${wanted(secret)}"; it has: ${known}.`,
        { next: 'Name one of them behind #, or as `secrets.vault.field`.', place: 'secrets.vault' },
      );
    },
  };
}
