import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { from as copyFrom } from 'pg-copy-streams';
import type { Client } from 'pg';
import { FLIGHT_FILES, writeFiles } from './files';
import { FLIGHTS, SHOP } from './shop.sql';

/** Makes the warehouse and the files that every task finds. */
export async function makeWorld(client: Client, root: string, days: number): Promise<void> {
  writeFiles(root);
  await client.query(SHOP);
  await client.query(FLIGHTS);
  const files = readdirSync(path.join(FLIGHT_FILES, 'flights')).sort().slice(0, days);
  for (const table of ['airlines', 'airports', 'planes'] as const)
    await copy(client, `raw.${table}`, `${table}.csv`);
  for (const file of files) await copy(client, 'raw.flights', `flights/${file}`);
  await client.query('analyze');
}

async function copy(client: Client, table: string, file: string): Promise<void> {
  const text = readFileSync(path.join(FLIGHT_FILES, file));
  await pipeline(
    Readable.from([text]),
    client.query(copyFrom(`copy ${table} from stdin (format csv, header, null 'NA')`)),
  );
}
