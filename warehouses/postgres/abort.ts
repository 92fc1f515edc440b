import type { PoolClient } from 'pg';
import { Client } from 'pg';
import { clientConfig } from './client-config';
import { cut } from './cut';
import type { Target } from './options';
import { requestCancel } from './wire-cancel';

const ASK_EVERY_MS = 250;
/** A backend that still works this long after the first request to cancel is ended. */
const PATIENCE_MS = 5_000;

export interface Watch {
  /** Resolves when no request to cancel is under way any more: a late one would hit whoever has the backend next. */
  stop(): Promise<void>;
}

type Backend = PoolClient & { processID: number | null; secretKey: number | null };

/**
 * While watched, an abort of `signal` cancels the client's running statement, again and again until `stop` (a request
 * between two statements finds nothing to cancel). A backend that does not give in is terminated from a second
 * connection and ours is cut.
 */
export function cancelOnAbort(client: PoolClient, target: Target, signal: AbortSignal | undefined): Watch {
  if (!signal) return { stop: () => Promise.resolve() };
  const backend = client as Backend;
  let stopped = false;
  let wake: () => void = () => undefined;
  let work: Promise<void> = Promise.resolve();

  const insist = async (): Promise<void> => {
    for (const deadline = Date.now() + PATIENCE_MS; !stopped && Date.now() < deadline;) {
      await requestCancel(target, backend);
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ASK_EVERY_MS);
        wake = () => (clearTimeout(timer), resolve());
      });
    }
    if (stopped) return;
    await terminate(target, backend.processID).catch(() => undefined);
    cut(client);
  };
  const onAbort = (): void => void (work = insist());
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  return {
    stop: () => {
      stopped = true;
      signal.removeEventListener('abort', onAbort);
      wake();
      return work;
    },
  };
}

async function terminate(target: Target, pid: number | null): Promise<void> {
  const client = new Client(clientConfig(target));
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_catalog.pg_terminate_backend($1, $2)', [pid, PATIENCE_MS]);
  } finally {
    await client.end();
  }
}
