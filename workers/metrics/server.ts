import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface MetricsServerOptions {
  host: string;
  /** 0: any. */
  port: number;
  /** The page of `/metrics`, in Prometheus' text format. */
  metrics: () => Promise<string>;
  /** Why work is not done now; `undefined` when it is. */
  notReady: () => Promise<string | undefined>;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Prometheus' text exposition format, version 0.0.4. */
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * `GET /metrics` for Prometheus; `/healthz` says that the process lives, `/readyz` that it takes work (else 503 with
 * the reason). Nothing else, and nothing that changes anything.
 */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(options, request, response));
  // A scraper that hangs must not keep the worker from stopping.
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return { port: portOf(server), close: () => closed(server) };
}

async function answer(
  { metrics, notReady }: MetricsServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
    response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(405, 'GET only\n');
  const path = (request.url ?? '/').split('?')[0];
  try {
    if (path === '/metrics') return reply(200, await metrics(), TEXT);
    if (path === '/healthz') return reply(200, 'ok\n');
    if (path === '/readyz') {
      const why = await notReady();
      return reply(why === undefined ? 200 : 503, `${why ?? 'ok'}\n`);
    }
    reply(404, 'There are /metrics, /healthz and /readyz.\n');
  } catch {
    reply(500, 'The worker log says why.\n');
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
