import { Client, Connection } from '@temporalio/client';
import { dataConverterFor } from '../../governance/codec/data-converter';
import { rememberSecret } from '../../governance/redact';
import { openSecrets } from '../../governance/open-secrets';
import type { ResolveSecret } from '../../governance/secrets';
import { loadConfig } from '../../runtime/config';
import { findConfig } from '../../runtime/home';
import { withClient } from '../../runtime/postgres/connect';
import { reach, type Reach } from '../../runtime/reach';
import type { TemporalLogin } from '../../runtime/temporal/settings';
import { tracingClientInterceptor } from '../../runtime/tracing/client';
import type { Config } from '../../schemas/config';
import { fail } from '../../schemas/errors';
import { openStore, type Store } from '../../store/store';
import { unreachable } from './failures';

/** Milliseconds until a service that does not answer counts as unreachable: a person is waiting. */
const CONNECT_MS = 2_500;

/** The same for one that is not on this machine: TLS, and perhaps half a world. */
const REMOTE_CONNECT_MS = 5_000;

/** Milliseconds for one answer of the store. */
const ANSWER_MS = 15_000;

/** What a client of a stack works with. Services that come back elsewhere are found again by `renew`. */
export interface Link {
  readonly client: Client;
  readonly store: Store;
  readonly taskQueue: string;
  readonly home: string;
  /** Link to a workflow in Temporal's UI; `undefined` when the stack has none. */
  uiUrl(workflowId: string): string | undefined;
  /** After a failure: connects again where the stack is now. Throws `service_unreachable`. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** Where the configuration is looked for, and what goes before it; default: this process's. */
export interface LinkOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * Connects to the stack of a home, or to where the configuration says Temporal and the store are, within a few seconds
 * or not at all.
 * Throws `service_unreachable`, `authentication_failed`, and what is wrong with the configuration or its secrets.
 */
export async function openLink(home: string, options: LinkOptions = {}): Promise<Link> {
  let now = await connect(home, options);
  return {
    home,
    get client() {
      return now.client;
    },
    get store() {
      return now.store;
    },
    get taskQueue() {
      return now.reach.temporal.taskQueue;
    },
    uiUrl(workflowId) {
      const { ui, namespace } = now.reach.temporal;
      if (ui === undefined) return undefined;
      return `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
    },
    async renew() {
      const next = await connect(home, options);
      const old = now;
      now = next;
      await disconnect(old);
    },
    close: () => disconnect(now),
  };
}

/** The store alone, for what needs no Temporal (listing, completing). */
export async function openHomeStore(home: string, options: LinkOptions = {}): Promise<Store> {
  const { at, resolve } = find(home, options);
  return openStoreOf(at, resolve);
}

interface Connected {
  reach: Reach;
  connection: Connection;
  client: Client;
  store: Store;
}

function find(
  home: string,
  { cwd = process.cwd(), env = process.env }: LinkOptions,
): { at: Reach; config: Config; resolve: ResolveSecret } {
  const config = loadConfig(findConfig(home, cwd));
  return { at: reach(home, config, env), config, resolve: openSecrets(config.secrets, home, env).resolve };
}

async function connect(home: string, options: LinkOptions): Promise<Connected> {
  const { at, config, resolve } = find(home, options);
  const dataConverter = await dataConverterFor(config, at.temporal, resolve);
  const login = await at.login(resolve);
  if (login.apiKey !== undefined) rememberSecret(login.apiKey);
  const store = await openStoreOf(at, resolve);
  try {
    const connection = await connectTemporal(login, at);
    return {
      reach: at,
      store,
      connection,
      client: new Client({
        connection,
        namespace: at.temporal.namespace,
        interceptors: { workflow: [tracingClientInterceptor()] },
        ...(dataConverter ? { dataConverter } : {}),
      }),
    };
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

async function connectTemporal(login: TemporalLogin, { temporal }: Reach): Promise<Connection> {
  const connectTimeout = temporal.embedded ? CONNECT_MS : REMOTE_CONNECT_MS;
  try {
    return await Connection.connect({ ...login, connectTimeout });
  } catch (cause) {
    const { code } = cause as { code?: number };
    // UNAUTHENTICATED and PERMISSION_DENIED of google.rpc.Code.
    if (code === 16 || code === 7) {
      throw fail('authentication_failed', `Temporal at ${login.address} refused the credentials.`, {
        next: 'Check `temporal.apiKey` or `temporal.tls` in sluice.config.yaml, and TEMPORAL_API_KEY.',
        cause,
      });
    }
    throw unreachable(`Temporal does not answer at ${login.address}.`, cause);
  }
}

async function disconnect({ connection, store }: Connected): Promise<void> {
  await Promise.allSettled([connection.close(), store.close()]);
}

async function openStoreOf(at: Reach, resolve: ResolveSecret): Promise<Store> {
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
