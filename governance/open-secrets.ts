import type { Config } from '../schemas/config';
import {
  environmentSecrets,
  fileSecrets,
  ownResolverOf,
  resolverOf,
  type ResolveSecret,
  type SecretProvider,
} from './secrets';
import { VaultClient } from './vault/client';
import { vaultSecrets } from './vault/provider';

export interface Secrets {
  readonly resolve: ResolveSecret;
  /** The stack's own credentials, too: for the stack itself, never for what a goal names. */
  readonly resolveOwn: ResolveSecret;
  /** Stops renewing; a token that was got by signing in is left to expire. */
  close(): void;
}

/**
 * Secrets as the configuration says: by default the environment, then the home's files, then Vault where there is one.
 * Nothing is asked before it is needed; what signs in at Vault comes from the first two.
 */
export function openSecrets(
  config: Config['secrets'],
  home: string,
  env: NodeJS.ProcessEnv = process.env,
): Secrets {
  const places: Record<'environment' | 'file', SecretProvider> = {
    environment: environmentSecrets(env),
    file: fileSecrets(home),
  };
  const { vault: settings } = config;
  const client = settings && new VaultClient(settings, resolverOf([places.environment, places.file]), env);
  const vault = client && vaultSecrets(client, settings);
  const order = config.providers ?? ['environment', 'file', ...(vault ? (['vault'] as const) : [])];
  const providers = order.flatMap((name) => (name === 'vault' ? (vault ? [vault] : []) : [places[name]]));
  return {
    resolve: resolverOf(providers, vault),
    resolveOwn: ownResolverOf(providers, vault),
    close: () => client?.close(),
  };
}
