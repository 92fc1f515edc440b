import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { answerMessages } from './answering';
import { PromptCache } from './cache';
import { checkRequest } from './check/params';
import { ApiError } from './errors';
import { faultFrom, type FaultSpec } from './faults';
import { checkHeaders, json, readBody, refuse } from './http';
import type { ScriptLine } from './script';
import {
  countsOf,
  serviceFrom,
  type Arrived,
  type Counts,
  type MessagesApiOptions,
  type Service,
} from './service';
import { countTokens } from './tokens';

export interface MessagesApi {
  readonly url: string;
  readonly port: number;
  readonly apiKey: string;
  /** Every request for a message that arrived, in order. */
  readonly requests: readonly Arrived[];
  counts(): Counts;
  /** Replaces the script. */
  script(lines: readonly ScriptLine[]): void;
  /** Adds to the script; earlier rules go first. */
  add(lines: readonly ScriptLine[]): void;
  /** Rules that hold a bounded number of times and did not. */
  unused(): number;
  /** The next requests get these faults, one each. */
  fail(...faults: FaultSpec[]): void;
  /** Forgets requests, script, faults and cache. */
  reset(): void;
  stop(): Promise<void>;
}

/** A server that behaves like the Messages API, on this machine. */
export async function startMessagesApi(options: MessagesApiOptions = {}): Promise<MessagesApi> {
  const service = serviceFrom(options);
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => void handle(service, request, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    port,
    apiKey: options.apiKey ?? 'test-key',
    requests: service.requests,
    counts: () => countsOf(service.requests),
    script: (lines) => service.script.set(lines),
    add: (lines) => service.script.add(lines),
    unused: () => service.script.left,
    fail: (...faults) => void service.faults.push(...faults.map(faultFrom)),
    reset: () => {
      service.requests.length = 0;
      service.faults.length = 0;
      service.script.set([]);
      service.cache = new PromptCache(options.now ?? Date.now);
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

let requestIds = 0;

async function handle(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = `req_${(requestIds += 1)}`;
  response.setHeader('request-id', requestId);
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/_/')) return await control(service, pathname, request, response);
    if (request.method !== 'POST' || !['/v1/messages', '/v1/messages/count_tokens'].includes(pathname))
      throw new ApiError({ status: 404, type: 'not_found_error', message: 'Not Found' });
    const counting = pathname.endsWith('/count_tokens');
    const parsed = await readBody(request);
    if (!counting) return await answerMessages(service, requestId, parsed, request, response);
    checkHeaders(request, service.options.apiKey);
    const { body } = checkRequest(parsed, true);
    json(response, 200, { input_tokens: countTokens(body) });
  } catch (error) {
    refuse(response, requestId, error);
  }
}

/** For programs beside this process: what arrived, and faults for what comes. */
async function control(
  service: Service,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (pathname === '/_/counts') return json(response, 200, countsOf(service.requests));
  if (pathname === '/_/requests') return json(response, 200, service.requests);
  if (pathname === '/_/faults' && request.method === 'POST') {
    service.faults.push(...((await readBody(request)) as FaultSpec[]).map(faultFrom));
    return json(response, 200, { waiting: service.faults.length });
  }
  throw new ApiError({ status: 404, type: 'not_found_error', message: 'there are counts, requests, faults' });
}

export type { Answer, ToolCall } from './answer';
export type { FaultName, FaultSpec } from './faults';
export type { RequestView } from './request';
export type { Rule, ScriptLine } from './script';
export type { Arrived, Counts, MessagesApiOptions } from './service';
