import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestTemporalServer } from './temporal-server';
import { startTestTemporal } from './temporal-server';

/**
 * Starts the shared Temporal server when the first test asks, and tells every test where it is. Lives in jest's main
 * process, which outlives the test workers; most test files need no Temporal, and pay nothing.
 */
export async function startTemporalBroker(): Promise<{ socket: string; stop(): Promise<void> }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-test-temporal-'));
  const socket = path.join(directory, 'broker');
  let server: Promise<TestTemporalServer> | undefined;

  const broker = createServer((connection) => {
    connection.on('error', () => undefined); // a test that went away while waiting
    server ??= startTestTemporal(directory);
    server.then(
      ({ address, namespace }) => connection.end(JSON.stringify({ address, namespace })),
      (error: unknown) => connection.end(JSON.stringify({ error: String((error as Error).stack ?? error) })),
    );
  });
  await new Promise<void>((resolve) => broker.listen(socket, resolve));
  broker.unref();
  return {
    socket,
    async stop() {
      broker.close();
      await (await server?.catch(() => undefined))?.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
