import { createServer } from 'node:net';

/**
 * A loopback port for the Temporal SDK's own metrics: its core serves them itself and cannot say which port it took,
 * so a free one is looked for and given to it.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** The Temporal SDK's metrics (`temporal_…`) in Prometheus' text format; empty when its core does not answer. */
export async function temporalMetrics(port: number): Promise<string> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}
