import { Client, Connection } from '@temporalio/client';
import { dataConverterFor } from '../../governance/codec/data-converter';
import { rememberSecret } from '../../governance/redact';
import type { Reach } from '../../runtime/reach';
import type { TemporalLogin } from '../../runtime/temporal/settings';
import { tracingClientInterceptor } from '../../runtime/tracing/client';
import { fail } from '../../schemas/errors';
import type { Store } from '../../store/store';
import { CONNECT_MS, find, type LinkOptions, openStoreOf, REMOTE_CONNECT_MS } from './home-store';
import { unreachable } from './unreachable';

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

interface Connected {
  reach: Reach;
  connection: Connection;
  client: Client;
  store: Store;
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
