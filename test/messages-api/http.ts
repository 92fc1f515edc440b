import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, errorBody, invalid } from './errors';

const MOST_BYTES = 32 * 1024 * 1024;
const VERSIONS: ReadonlySet<string> = new Set(['2023-06-01', '2026-10-21']);

export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new ApiError({
        status: 413,
        type: 'request_too_large',
        message: 'Request exceeds the maximum allowed number of bytes.',
      });
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw invalid(`The request body is not valid JSON: ${(error as Error).message}`);
  }
}

/** The key, by either header, and the version of the API. */
export function checkHeaders(request: IncomingMessage, apiKey = 'test-key'): void {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const given = [request.headers['x-api-key'], bearer].filter((key) => key !== undefined);
  const refused = (message: string) => new ApiError({ status: 401, type: 'authentication_error', message });
  if (given.length === 0) throw refused('x-api-key header is required');
  if (given.some((key) => key !== apiKey)) throw refused('invalid x-api-key');
  const version = request.headers['anthropic-version'];
  if (version === undefined) throw invalid('anthropic-version: header is required');
  if (!VERSIONS.has(String(version)))
    throw invalid(`anthropic-version: "${String(version)}" is not a valid version`);
}

export function refuse(response: ServerResponse, requestId: string, error: unknown): void {
  const { refused } =
    error instanceof ApiError
      ? error
      : new ApiError({ status: 500, type: 'api_error', message: String((error as Error).stack ?? error) });
  for (const [name, value] of Object.entries(refused.headers ?? {})) response.setHeader(name, value);
  json(response, refused.status, errorBody(refused, requestId));
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
