import { readFileSync } from 'node:fs';
import { Client } from 'pg';

/** Rows of a query at a URL as `sluice status` prints it: its password is in the file it names, as psql reads it. */
export async function queryAt<R extends object>(statusUrl: string, sql: string): Promise<R[]> {
  const url = new URL(statusUrl);
  const lines = readFileSync(url.searchParams.get('passfile')!, 'utf8').split('\n');
  const password = lines.find((line) => line.split(':')[3] === url.username)?.split(':')[4];
  const [host, port, database] = [url.hostname, Number(url.port), url.pathname.slice(1)];
  const client = new Client({ host, port, database, user: url.username, password });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}
