import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PayloadCodec } from '@temporalio/common';
import { scrub } from '../../governance/redact';
import { ERROR_CODES, fail, type Problem, SluiceError } from '../../schemas/errors';
import type { Authenticate } from './authenticate';
import { payloadsFrom, payloadsText } from './json-payloads';

/** Bytes of one request: Temporal's own limit on an answer that is shown. */
const MAX_BODY = 8 * 1024 * 1024;

export interface CodecServerOptions {
  codec: PayloadCodec;
  authenticate: Authenticate;
  /** Only payloads of this namespace; a request that names another one is refused. */
  namespace: string;
  /** Origins of web pages that may ask, e.g. `http://127.0.0.1:8233`: Temporal's UI asks from the browser. */
  origins: readonly string[];
  /** Default loopback: tokens and what is decoded travel in the clear. Put TLS in front before it is anything else. */
  host?: string;
  /** 0: any free one. */
  port: number;
  /** One line for each request: who, what, how many; never what was in it. */
  log: (fields: object, message: string) => void;
}

export interface CodecServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Temporal's remote codec protocol (https://docs.temporal.io/codec-server): `POST /encode` and `POST /decode` with
 * `{"payloads": […]}`, for the UI and `temporal --codec-endpoint`. A bearer token with the scope `read` is needed.
 * Throws `port_in_use`.
 */
export async function startCodecServer(options: CodecServerOptions): Promise<CodecServer> {
  const server = createServer((request, response) => void answer(options, request, response));
  server.requestTimeout = 30_000;
  const { host = '127.0.0.1', port } = options;
  await listen(server, host, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: CodecServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const cors = corsHeaders(options.origins, request.headers.origin);
  const send = (status: number, body: string, more: Record<string, string> = {}): void => {
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...cors, ...more };
    response.writeHead(status, headers).end(body);
  };
  const what = pathOf(request);
  try {
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end();
    if (request.method === 'GET' && what === '/health') return send(200, '{"ok":true}');
    if (request.method !== 'POST' || (what !== '/encode' && what !== '/decode')) {
      throw fail('not_found', 'There is only POST /encode and POST /decode here.', {
        next: 'Point --codec-endpoint at this server’s address, without a path.',
      });
    }
    const { by, scopes } = await options.authenticate(bearerOf(request));
    if (!scopes.includes('read')) {
      throw fail('permission_denied', `The token of ${by} may not read what runs hold.`, {
        next: 'Use a token with the scope "read".',
      });
    }
    assertNamespace(request, options.namespace);
    const payloads = payloadsFrom(await bodyOf(request));
    const done = await (what === '/decode' ? options.codec.decode(payloads) : options.codec.encode(payloads));
    options.log({ by, what: what.slice(1), payloads: payloads.length }, 'answered');
    send(200, payloadsText(done));
  } catch (cause) {
    const problem = problemOf(cause);
    const status = statusOf(problem);
    options.log({ status, code: problem.code, why: problem.message }, 'refused');
    send(status, JSON.stringify({ error: problem, message: problem.message }), {
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="sluice"' } : {}),
    });
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0]!.replace(/(.)\/+$/, '$1');
}

function bearerOf({ headers }: IncomingMessage): string {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token !== undefined) return token;
  throw fail('authentication_failed', 'There is no bearer token in the request.', {
    next: 'temporal … --codec-endpoint URL --codec-auth "Bearer TOKEN"; in the UI: its codec settings, or a proxy that adds one.',
  });
}

function assertNamespace({ headers }: IncomingMessage, namespace: string): void {
  const asked = String(headers['x-namespace'] ?? '');
  // The CLI sends it once more for each of its layers, and nothing where it has none to send.
  const named = asked.split(',').map((name) => name.trim());
  if (named.every((name) => name === '' || name === namespace)) return;
  const other = asked.replace(/[^\w., -]/g, '?').slice(0, 100);
  throw fail('permission_denied', `This codec server is for the namespace "${namespace}", not "${other}".`, {
    next: 'Start another one with the configuration of that namespace.',
  });
}

/** What a page of these origins may do; nothing for others: their browser keeps the answer from them. */
function corsHeaders(origins: readonly string[], origin: string | undefined): Record<string, string> {
  const vary = { vary: 'origin' };
  if (origin === undefined || !origins.includes(origin)) return vary;
  return {
    ...vary,
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST, GET, OPTIONS',
    'access-control-allow-headers': 'authorization, content-type, x-namespace, traceparent, caller-type',
    'access-control-allow-credentials': 'true',
    'access-control-max-age': '600',
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY) {
      throw fail('usage', `The request is larger than ${MAX_BODY} bytes.`, {
        next: 'Ask for fewer payloads.',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A missing or wrong token is the asker's, not a service's we could not sign in at. */
function statusOf({ code }: Problem): number {
  return code === 'authentication_failed' ? 401 : ERROR_CODES[code].http;
}

function problemOf(cause: unknown): Problem {
  if (cause instanceof SluiceError) return cause.problem;
  return {
    code: 'internal',
    message: `Something Sluice did not expect: ${scrub(String(cause))}.`,
    state: 'Nothing was decoded.',
    next: 'Look at the codec server’s output and report it.',
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        fail(
          cause.code === 'EADDRINUSE' ? 'port_in_use' : 'service_unreachable',
          `The codec server cannot listen on ${host}:${port} (${cause.code ?? 'unknown'}).`,
          { next: 'Choose another port: sluice codec-server --port N.', cause },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}
