import { EncryptionCodec } from '../../governance/codec/payload-codec';
import { loadKeyRing } from '../../governance/codec/keys';
import { loadConfig } from '../../runtime/config';
import { findConfig } from '../../runtime/home';
import { reach } from '../../runtime/reach';
import { fail, SluiceError } from '../../schemas/errors';
import { firstOf, sharedToken } from '../codec/authenticate';
import { people } from '../codec/people';
import { type CodecServer, startCodecServer } from '../codec/server';
import { openSecrets } from '../../governance/open-secrets';
import { openHomeStore } from './home-store';

export interface OpenCodecServer {
  host: string;
  port: number;
  /** Default: the UI of the stack, or `temporal.ui`. */
  origins?: string[];
  /** Name of the secret with the shared token. */
  token: string;
  env: NodeJS.ProcessEnv;
  cwd: string;
  log: (fields: object, message: string) => void;
}

/**
 * A codec server for the Temporal and the keys of a home's configuration.
 * Throws `invalid_config` where nothing is encrypted, `secret_missing` without a token, `port_in_use`.
 */
export async function openCodecServer(
  home: string,
  { host, port, origins, token, env, cwd, log }: OpenCodecServer,
): Promise<CodecServer & { origins: string[] }> {
  const config = loadConfig(findConfig(home, cwd));
  const { encryption } = config;
  if (encryption === undefined || encryption === 'off') {
    throw fail('invalid_config', 'Nothing is encrypted here, so there is nothing to decode.', {
      next: 'Temporal’s UI shows everything as it is. To encrypt: docs/secrets.md, “What Temporal keeps”.',
      place: 'encryption',
    });
  }
  const { temporal } = reach(home, config, env);
  const { resolve } = openSecrets(config.secrets, home, env);
  const codec = new EncryptionCodec(await loadKeyRing(encryption, resolve));
  const reference = `secret://${token}`;
  const store = await openHomeStore(home, { cwd, env }).catch(() => undefined);
  const ways = store ? [people(store, { home, env, cwd })] : [];
  try {
    // Better said now than to the first who asks. Who has a token of their own needs no shared one.
    await resolve(reference);
    ways.unshift(sharedToken(() => resolve(reference)));
  } catch (cause) {
    if (!store || !(cause instanceof SluiceError) || cause.code !== 'secret_missing') {
      await store?.close();
      throw cause;
    }
  }
  const allowed = origins ?? (temporal.ui === undefined ? [] : [new URL(temporal.ui).origin]);
  const close = (): Promise<void> => store?.close() ?? Promise.resolve();
  const server = await startCodecServer({
    ...{ codec, host, port, origins: allowed, namespace: temporal.namespace, log },
    authenticate: firstOf(...ways),
  }).catch(async (cause: unknown) => {
    await close();
    throw cause;
  });
  return { url: server.url, close: () => server.close().finally(close), origins: allowed };
}
