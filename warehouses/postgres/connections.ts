import type { PoolClient } from 'pg';
import { Pool } from 'pg';
import type { SluiceError } from '../../schemas/errors';
import { cancelOnAbort } from './abort';
import { VersionedClient } from './client';
import { clientConfig } from './client-config';
import type { ErrorContext } from './errors';
import { toConnectError, toSluiceError } from './errors';
import type { Target } from './options';
import { SET_LATER_SETTINGS } from './settings';
import { assertSupported } from './supported';

const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 10;

/** Connections of one role to one database, made when needed, each given back as new. */
export class Connections {
  private readonly pool: Pool;
  private closed: Promise<void> | undefined;
  private made = 0;
  /** Connections whose settings are all as they should be. */
  private readonly settled = new WeakSet<PoolClient>();

  /** `warehouse`: its name, where the server must be of a version that a warehouse may have. */
  constructor(
    readonly target: Target,
    private readonly warehouse?: string,
  ) {
    this.pool = new Pool({
      ...clientConfig(target),
      Client: VersionedClient,
      max: MAX_CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
    });
    this.pool.on('connect', () => (this.made += 1));
    // An idle connection that dies is of no interest: the pool makes another one.
    this.pool.on('error', () => undefined);
  }

  /** How many were ever made: while it is the same, they lead to the very server they led to before. */
  get generation(): number {
    return this.made;
  }

  get context(): ErrorContext {
    const { host, port, database, login } = this.target;
    return { host, port, database, user: login.user };
  }

  /**
   * Lends a connection to `work`. An abort cancels what it runs, and ends the backend when that does not help.
   * Every error comes out as a SluiceError, `warehouse_unsupported` before anything runs. After an error the connection is
   * not used again.
   */
  async lend<T>(work: (client: PoolClient) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw this.explain(undefined, true);
    let client: PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      throw toConnectError(error, this.context);
    }
    // A lost connection also rejects the running query; without a listener it would end the process.
    const ignore = (): void => undefined;
    client.on('error', ignore);
    const watch = cancelOnAbort(client, this.target, signal);
    try {
      if (!this.settled.has(client)) {
        const { serverVersion } = client as PoolClient & Partial<VersionedClient>;
        if (this.warehouse && serverVersion) assertSupported(this.warehouse, serverVersion);
        await client.query(SET_LATER_SETTINGS);
      }
      const result = await work(client);
      await watch.stop();
      if (signal?.aborted || !(await cleaned(client))) {
        client.release(true);
      } else {
        this.settled.add(client);
        client.off('error', ignore);
        client.release();
      }
      return result;
    } catch (error) {
      await watch.stop();
      client.release(true);
      throw this.explain(error, signal?.aborted);
    }
  }

  explain(error: unknown, aborted = false): SluiceError {
    return toSluiceError(error, this.context, aborted);
  }

  /** Ends all connections; work under way is given the time it needs. Idempotent. */
  close(): Promise<void> {
    this.closed ??= this.pool.end();
    return this.closed;
  }
}

/** Ends what the work set, locked, prepared or listened to. False: the connection is of no further use. */
async function cleaned(client: PoolClient): Promise<boolean> {
  try {
    await client.query('discard all');
    await client.query(SET_LATER_SETTINGS);
    return true;
  } catch {
    return false;
  }
}
