import { Client } from 'pg';

/**
 * Connects, works, and closes. `timeoutMs` bounds connecting and every statement.
 * Errors are the driver's; the caller maps them.
 */
export async function withClient<T>(
  url: string,
  timeoutMs: number,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'sluice stack',
  });
  client.on('error', () => undefined); // a server that goes away fails the statement that follows
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
