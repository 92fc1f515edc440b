import type { PoolClient, QueryResult } from 'pg';
import { fail } from '../../schemas/errors';
import type { RoleAlias } from '../warehouse';
import type { Connections } from './connections';
import { isConnectionLost, unexpected } from './errors';
import { withPublication } from './replica-identity';
import { withTable } from './row-security';
import { PgSession } from './session';

export interface TransactionOptions {
  signal?: AbortSignal;
  roleAlias?: RoleAlias;
  /** Looks at what the statements of `begin` gave, and throws when there must be no transaction. */
  begun?: (results: readonly QueryResult[]) => void;
}

/**
 * Runs `work` in one transaction that `begin` starts, on a connection lent for it. Any failure rolls back, and locks
 * are gone when the caller hears of it.
 */
export function transaction<T>(
  connections: Connections,
  begin: string,
  work: (session: PgSession) => Promise<T>,
  { signal, roleAlias, begun }: TransactionOptions = {},
): Promise<T> {
  return connections.lend(async (client) => {
    const results = (await client.query(begin)) as QueryResult | QueryResult[];
    begun?.(Array.isArray(results) ? results : [results]);
    const explain = (error: unknown, aborted?: boolean): Error => connections.explain(error, aborted);
    const session = new PgSession(client, { explain, signal, roleAlias });
    let result: T;
    try {
      result = await work(session).catch((error: unknown) => {
        throw unexpected(error, `database "${connections.target.database}"`);
      });
      await session.end();
      if (signal?.aborted) throw explain(undefined, true);
      if (client.getTransactionStatus() === 'I') throw endedEarly();
    } catch (error) {
      await session.end();
      // When the connection is lost the server rolls back alone.
      await client.query('rollback').catch(() => undefined);
      throw await withPublication(await withTable(error, client, { roleAlias }), client);
    }
    await commit(client);
    return result;
  }, signal);
}

async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch((error: unknown) => {
    if (!isConnectionLost(error)) throw error;
    throw fail('transient', 'The connection was lost while the transaction was committed.', {
      state: 'Whether the change happened is not known yet; the ledger in the warehouse knows.',
      next: 'Try again: the ledger is read first and nothing happens twice.',
      cause: error,
    });
  });
  // COMMIT of a transaction that has failed is a ROLLBACK, and PostgreSQL reports it as a success.
  if (command !== 'COMMIT') {
    throw fail(
      'database_error',
      'A statement had failed and that was passed over, so nothing could be committed.',
      {
        next: 'This is a fault of the capability: an error of a session must not be swallowed.',
      },
    );
  }
}

function endedEarly(): Error {
  return fail('statement_refused', 'A statement ended the transaction that Sluice had begun.', {
    state: 'What was done before that statement may have been committed.',
    next: 'Remove COMMIT, ROLLBACK and the like: Sluice begins and ends transactions.',
  });
}
