import { Connection } from '@temporalio/client';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { choosePort } from '../../runtime/ports';
import { findTemporal } from '../../runtime/temporal/binary';
import { ensureSearchAttributes } from '../../runtime/temporal/search-attributes';
import { NAMESPACE, temporalServerArguments } from '../../runtime/temporal/server';
import { endGuarded, startGuarded } from './guarded';

export interface TestTemporalServer {
  address: string;
  namespace: string;
  stop(): Promise<void>;
}

/**
 * Starts a Temporal server as the product does, without the UI. `directory` goes when it ends; a `dbFile` elsewhere
 * stays for the next one.
 */
export async function startTestTemporal(
  directory: string,
  dbFile = path.join(directory, 'temporal.db'),
): Promise<TestTemporalServer> {
  const binary = findTemporal();
  if (!binary) throw new Error('No `temporal` binary on PATH or in the cache: run `npm run setup` first.');
  const from = 20_000 + Math.floor(Math.random() * 20_000);
  const port = await choosePort({ what: 'the test Temporal', key: '-', from });
  const log = path.join(directory, 'temporal.log');
  const args = temporalServerArguments({ port, dbFile });
  const server = startGuarded(binary, args, { signal: 'TERM', log, scratch: directory });
  const address = `127.0.0.1:${port}`;
  for (const end = Date.now() + 60_000; ;) {
    const connection = await Connection.connect({ address, connectTimeout: 1000 }).catch(() => undefined);
    if (connection) {
      await ensureSearchAttributes(connection, NAMESPACE);
      await connection.close();
      return { address, namespace: NAMESPACE, stop: () => endGuarded(server) };
    }
    if (server.exitCode !== null || Date.now() > end) {
      throw new Error(`The test Temporal server did not come up:\n${readFileSync(log, 'utf8')}`);
    }
  }
}
