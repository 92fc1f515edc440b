import { Client, Connection } from '@temporalio/client';
import { rememberSecret } from '../../governance/redact';
import { existingHome } from '../../runtime/home';
import { withClient } from '../../runtime/postgres/connect';
import { postgresUrl } from '../../runtime/postgres/roles';
import { hasSecret, rolePasswords } from '../../runtime/secrets';
import { readStack, type StackState } from '../../runtime/stack-file';
import { fail } from '../../schemas/errors';
import { openStore, type Store } from '../../store/store';
import { unreachable } from './failures';

/** Milliseconds until a service that does not answer counts as unreachable: a person is waiting. */
const CONNECT_MS = 2_500;

/** Milliseconds for one answer of the store. */
const ANSWER_MS = 15_000;

/** The database of the embedded PostgreSQL that holds runs, artifacts and decisions, and its role. */
const STORE = { role: 'sluice_store', database: 'store' } as const;

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
 * Connects to the stack of a home, within a few seconds or not at all.
 * Throws `service_unreachable`, `authentication_failed`.
 */
export async function openLink(home: string): Promise<Link> {
  let now = await connect(home);
  return {
    home,
    get client() {
      return now.client;
    },
    get store() {
      return now.store;
    },
    get taskQueue() {
      return now.stack.worker.taskQueue;
    },
    uiUrl(workflowId) {
      const { uiPort, namespace } = now.stack.temporal;
      if (uiPort === undefined) return undefined;
      return `http://127.0.0.1:${uiPort}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
    },
    async renew() {
      const next = await connect(home);
      const old = now;
      now = next;
      await disconnect(old);
    },
    close: () => disconnect(now),
  };
}

/** The store alone, for what needs no Temporal (listing, completing). */
export async function openHomeStore(home: string): Promise<Store> {
  return openStoreOf(home, stackOf(home));
}

interface Connected {
  stack: StackState;
  connection: Connection;
  client: Client;
  store: Store;
}

async function connect(home: string): Promise<Connected> {
  const stack = stackOf(home);
  const { address, namespace } = stack.temporal;
  const store = await openStoreOf(home, stack);
  try {
    const connection = await Connection.connect({ address, connectTimeout: CONNECT_MS });
    return { stack, store, connection, client: new Client({ connection, namespace }) };
  } catch (cause) {
    await store.close();
    throw unreachable(`Temporal does not answer at ${address}.`, cause);
  }
}

async function disconnect({ connection, store }: Connected): Promise<void> {
  await Promise.allSettled([connection.close(), store.close()]);
}

function stackOf(home: string): StackState {
  const stack = readStack(existingHome(home));
  if (!stack || stack.phase === 'down' || stack.phase === 'failed') {
    throw unreachable(
      `The stack of ${home} is not running${stack?.error ? `: ${stack.error.message}` : '.'}`,
    );
  }
  return stack;
}

async function openStoreOf(home: string, stack: StackState): Promise<Store> {
  const paths = existingHome(home);
  if (!hasSecret(paths, STORE.role)) {
    throw unreachable(`The home ${home} has no password for the store; the stack was never up there.`);
  }
  const { port } = stack.postgres;
  const password = rolePasswords(paths)[STORE.role];
  rememberSecret(password);
  // A server that has stopped in the middle of an answer must not stop us as well.
  const url = `${postgresUrl(STORE.role, password, port, STORE.database)}?query_timeout=${ANSWER_MS}`;
  try {
    // A pool waits without bound; one connection of our own says quickly whether there is anybody.
    await withClient(url, CONNECT_MS, (client) => client.query('select 1'));
    return await openStore(url, 2);
  } catch (cause) {
    if ((cause as { code?: string }).code === '28P01') {
      throw fail(
        'authentication_failed',
        `PostgreSQL on port ${port} refused the password of ${STORE.role}.`,
        {
          next: 'Another server may have taken the port: sluice doctor.',
          cause,
        },
      );
    }
    throw unreachable(`PostgreSQL does not answer on port ${port}.`, cause);
  }
}
