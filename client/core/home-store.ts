import { rememberSecret } from '../../governance/redact';
import { openSecrets } from '../../governance/open-secrets';
import type { ResolveSecret } from '../../governance/secrets';
import { loadConfig } from '../../runtime/config';
import { findConfig } from '../../runtime/home';
import { withClient } from '../../runtime/postgres/connect';
import { reach, type Reach } from '../../runtime/reach';
import type { Config } from '../../schemas/config';
import { fail } from '../../schemas/errors';
import { openStore, type Store } from '../../store/store';
import { unreachable } from './unreachable';

/** Milliseconds until a service that does not answer counts as unreachable: a person is waiting. */
export const CONNECT_MS = 2_500;

/** The same for one that is not on this machine: TLS, and perhaps half a world. */
export const REMOTE_CONNECT_MS = 5_000;

/** Milliseconds for one answer of the store. */
const ANSWER_MS = 15_000;

/** Where the configuration is looked for, and what goes before it; default: this process's. */
export interface LinkOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** The store alone, for what needs no Temporal (listing, completing). */
export async function openHomeStore(home: string, options: LinkOptions = {}): Promise<Store> {
  const { at, resolve } = find(home, options);
  return openStoreOf(at, resolve);
}

/** Where the services of a home are, by its configuration. */
export function find(
  home: string,
  { cwd = process.cwd(), env = process.env }: LinkOptions,
): { at: Reach; config: Config; resolve: ResolveSecret } {
  const config = loadConfig(findConfig(home, cwd));
  return { at: reach(home, config, env), config, resolve: openSecrets(config.secrets, home, env).resolve };
}

export async function openStoreOf(at: Reach, resolve: ResolveSecret): Promise<Store> {
  const url = new URL(await at.storeUrl(resolve));
  rememberSecret(decodeURIComponent(url.password));
  // A server that has stopped in the middle of an answer must not stop us as well.
  url.searchParams.set('query_timeout', String(ANSWER_MS));
  try {
    // A pool waits without bound; one connection of our own says quickly whether there is anybody.
    await withClient(url.href, at.stack ? CONNECT_MS : REMOTE_CONNECT_MS, (client) =>
      client.query('select 1'),
    );
    return await openStore(url.href, 2);
  } catch (cause) {
    if ((cause as { code?: string }).code === '28P01') {
      throw fail(
        'authentication_failed',
        `PostgreSQL at ${at.storeAt} refused the password of ${decodeURIComponent(url.username)}.`,
        {
          next: 'Another server may have taken the port: sluice doctor. Elsewhere: check `store` in sluice.config.yaml.',
          cause,
        },
      );
    }
    throw unreachable(`PostgreSQL, which has the store, does not answer at ${at.storeAt}.`, cause);
  }
}
