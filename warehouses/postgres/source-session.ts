import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Readable } from 'node:stream';
import type { SourceSession } from '../../sources/sources';
import { clientConfig } from './client-config';
import { toSluiceError } from './errors';
import type { Target } from './options';

/**
 * A database to load from: one connection in one read-only REPEATABLE READ transaction, so that everything read
 * through it is of one instant. Throws the closed set's errors, also while streaming.
 */
export async function openSourceSession(target: Target): Promise<SourceSession> {
  const { host, port, database, login } = target;
  const context = { host, port, database, user: login.user };
  const client = new Client(clientConfig(target));
  // A lost connection also fails the running query; without a listener it would end the process.
  client.on('error', () => undefined);
  const explained = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw toSluiceError(error, context);
    }
  };
  await explained(client.connect());
  try {
    await explained(client.query('begin transaction isolation level repeatable read read only'));
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return {
    query: async <R extends object>(sql: string, params: readonly unknown[] = []) =>
      (await explained(client.query<R>({ text: sql, values: [...params] }))).rows,
    copyOut: (sql): Readable => {
      const stream = client.query(copyTo(sql));
      // `destroy` keeps the first error; this one replaces the driver's before anybody hears of it.
      const destroy = stream._destroy.bind(stream);
      stream._destroy = (error, callback) => destroy(error && toSluiceError(error, context), callback);
      return stream;
    },
    close: () => client.end().catch(() => undefined),
  };
}
