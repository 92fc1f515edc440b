import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { SourceSession } from '../../sources/sources';
import { clientConfig } from './client-config';
import { toSluiceError } from './errors';
import type { Target } from './options';
import { noteStatement } from './refused-table';
import { isHidden, withTable } from './row-security';
import { SET_LATER_SETTINGS } from './settings';

/**
 * A database to load from: one connection in one read-only REPEATABLE READ transaction, so that everything read
 * through it is of one instant. `filtered`: only the rows that row security shows to its role; otherwise hidden rows
 * are an error. Throws the closed set's errors, also while streaming.
 */
export async function openSourceSession(
  target: Target,
  { filtered = false }: { filtered?: boolean } = {},
): Promise<SourceSession> {
  const { host, port, database, login } = target;
  const context = { host, port, database, user: login.user };
  const client = new Client(clientConfig(target));
  // A lost connection also fails the running query; without a listener it would end the process.
  client.on('error', () => undefined);
  const explain = async (error: unknown): Promise<Error> => {
    if (isHidden(error)) await client.query('rollback').catch(() => undefined);
    return withTable(toSluiceError(error, context), client, { source: true });
  };
  const explained = async <T>(work: Promise<T>, sql = ''): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      noteStatement(error, sql);
      throw await explain(error);
    }
  };
  await explained(client.connect());
  try {
    await explained(client.query(SET_LATER_SETTINGS));
    if (filtered) await explained(client.query('set row_security = on'));
    await explained(client.query('begin transaction isolation level repeatable read read only'));
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return {
    query: async <R extends object>(sql: string, params: readonly unknown[] = []) =>
      (await explained(client.query<R>({ text: sql, values: [...params] }), sql)).rows,
    copyOut: async function* (sql): AsyncGenerator<Buffer> {
      try {
        yield* client.query(copyTo(sql)) as AsyncIterable<Buffer>;
      } catch (error) {
        noteStatement(error, sql);
        throw await explain(error);
      }
    },
    close: () => client.end().catch(() => undefined),
  };
}
