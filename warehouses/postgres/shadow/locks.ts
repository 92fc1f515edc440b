import type { ClientBase } from 'pg';

/**
 * Session-level locks (CREATE DATABASE runs in no transaction) on the name of a database, taken in the server's
 * maintenance database: whoever clones a base shares it, whoever builds or drops it has it alone.
 */
const KEY = `pg_catalog.hashtextextended($1, 5120002)`;

export async function withShared<T>(client: ClientBase, name: string, work: () => Promise<T>): Promise<T> {
  await client.query(`select pg_catalog.pg_advisory_lock_shared(${KEY})`, [name]);
  try {
    return await work();
  } finally {
    await client.query(`select pg_catalog.pg_advisory_unlock_shared(${KEY})`, [name]).catch(() => undefined);
  }
}

export async function withExclusive<T>(client: ClientBase, name: string, work: () => Promise<T>): Promise<T> {
  await client.query(`select pg_catalog.pg_advisory_lock(${KEY})`, [name]);
  try {
    return await work();
  } finally {
    await client.query(`select pg_catalog.pg_advisory_unlock(${KEY})`, [name]).catch(() => undefined);
  }
}

/** `undefined` without having waited when somebody else uses it. */
export async function ifFree<T>(
  client: ClientBase,
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const { rows } = await client.query<{ got: boolean }>(
    `select pg_catalog.pg_try_advisory_lock(${KEY}) as got`,
    [name],
  );
  if (!rows[0]?.got) return undefined;
  try {
    return await work();
  } finally {
    await client.query(`select pg_catalog.pg_advisory_unlock(${KEY})`, [name]).catch(() => undefined);
  }
}
