import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type Anthropic from '@anthropic-ai/sdk';
import canonicalize from 'canonicalize';
import type { Answer } from './answer';
import { checkRequest } from './check/params';
import { complete } from './complete';
import { ApiError, errorBody, invalid } from './errors';
import { errorOf, faultFrom, OVERLOADED, type Fault, type FaultName } from './faults';
import { checkHeaders, json, refuse } from './http';
import type { ModelFacts } from './models';
import { withoutMarks, type Body } from './request';
import type { Arrived, Service } from './service';
import { eventsOf, sse } from './stream';
import { checkThinking } from './thinking';
import { countTokens } from './tokens';

/** One request for a message, from its arrival to its end, which is written down whatever it is. */
export async function answerMessages(
  service: Service,
  requestId: string,
  parsed: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = parsed as Body;
  const arrived: Arrived = {
    nth: service.requests.length + 1,
    requestId,
    path: request.url ?? '',
    at: new Date(),
    body,
    outcome: 'answering',
  };
  service.requests.push(arrived);
  service.options.onRequest?.(arrived);
  const gone = new AbortController();
  const leave = () => {
    if (!response.writableFinished && arrived.outcome === 'answering') arrived.outcome = 'gone';
    gone.abort();
  };
  // It may have gone while its request was read.
  if (request.socket.destroyed) return leave();
  response.once('close', leave);
  try {
    checkHeaders(request, service.options.apiKey);
    const { facts } = checkRequest(parsed, false);
    checkConversation(service, body, facts);
    const header = request.headers['x-fault'];
    const before = header === undefined ? service.faults.shift() : faultFrom(String(header) as FaultName);
    await failFirst(before, arrived, response, gone.signal);
    if (response.destroyed) return;

    const cached = service.cache.look(body, facts);
    const answer = body.max_tokens === 0 ? nothing() : await service.source.answer(body, gone.signal);
    const fault = before ?? (answer.fault === undefined ? undefined : faultFrom(answer.fault));
    if (before === undefined) await failFirst(fault, arrived, response, gone.signal);
    if (response.destroyed) return;
    if (answer.error) throw errorFrom(answer.error);

    const message = complete(answer, body, facts, cached.usage, service.ids, fault);
    arrived.answer = message;
    cached.commit();
    service.thought.remember(message);
    if (message.stop_reason === 'pause_turn') service.paused.add(key(message.content));
    service.source.answered(body, message);
    arrived.status = 200;
    await send(message, body.stream === true, fault, arrived, service.options.paceMs ?? 0, response);
    // `send` changed it, which the compiler cannot see.
    if ((arrived.outcome as string) === 'answered') service.source.delivered(body);
  } catch (error) {
    if (gone.signal.aborted && !(error instanceof ApiError)) return;
    arrived.outcome = 'refused';
    arrived.status = error instanceof ApiError ? error.refused.status : 500;
    arrived.error = (error as Error).message;
    refuse(response, requestId, error);
  }
}

/** What holds between requests: thinking comes back as it went, a turn that was paused may go on. */
function checkConversation(service: Service, body: Body, facts: ModelFacts): void {
  checkThinking(body);
  service.thought.check(body);
  const last = body.messages.at(-1)!;
  if (last.role === 'assistant' && !facts.prefill && !service.paused.has(key(last.content)))
    throw invalid(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  const tokens = countTokens(body);
  if (tokens > facts.contextWindow)
    throw invalid(`prompt is too long: ${tokens} tokens > ${facts.contextWindow} maximum`);
}

const key = (content: unknown) => canonicalize(withoutMarks(content))!;

/** Faults that come before, or in place of, the answer. */
async function failFirst(
  fault: Fault | undefined,
  arrived: Arrived,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  if (!fault) return;
  arrived.fault = fault;
  const error = errorOf(fault);
  if (error) throw error;
  if (fault.name === 'slow') await sleep(fault.delayMs ?? 2_000, undefined, { signal });
  if (fault.name === 'cut') {
    arrived.outcome = 'cut';
    response.destroy();
  }
}

/** A request with `max_tokens` 0 fills the cache and says nothing. */
function nothing(): Answer {
  return { content: [], stop_reason: 'max_tokens' };
}

function errorFrom({ status, type, message, code, retryAfter }: NonNullable<Answer['error']>): ApiError {
  return new ApiError({
    status,
    type: type as ApiError['refused']['type'],
    message: message ?? type,
    ...(code === undefined ? {} : { code }),
    ...(retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } }),
  });
}

async function send(
  message: Anthropic.Message,
  streaming: boolean,
  fault: Fault | undefined,
  arrived: Arrived,
  paceMs: number,
  response: ServerResponse,
): Promise<void> {
  if (streaming) await sendStream(message, fault, arrived, paceMs, response);
  else await sendWhole(message, fault, arrived, response);
  if (arrived.outcome === 'answering') arrived.outcome = response.writableEnded ? 'answered' : 'gone';
}

async function sendWhole(
  message: Anthropic.Message,
  fault: Fault | undefined,
  arrived: Arrived,
  response: ServerResponse,
): Promise<void> {
  // Nothing was sent yet: what breaks a stream is a plain error here.
  if (fault?.name === 'stream-error') throw new ApiError(OVERLOADED);
  if (fault?.name !== 'cut-mid') return json(response, 200, message);
  const text = JSON.stringify(message);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  await write(response, text.slice(0, Math.floor(text.length / 2)));
  arrived.outcome = 'cut';
  response.destroy();
}

async function sendStream(
  message: Anthropic.Message,
  fault: Fault | undefined,
  arrived: Arrived,
  paceMs: number,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  const events = eventsOf(message);
  const breaks = fault?.name === 'cut-mid' || fault?.name === 'stream-error';
  const until = breaks ? (fault.afterEvents ?? Math.floor(events.length / 2)) : events.length;
  for (const event of events.slice(0, until)) {
    if (response.destroyed) return;
    await write(response, sse(event));
    if (paceMs > 0) await sleep(paceMs);
  }
  if (fault?.name === 'cut-mid') {
    arrived.outcome = 'cut';
    response.destroy();
    return;
  }
  if (fault?.name === 'stream-error') {
    await write(response, sse({ ...errorBody(OVERLOADED, arrived.requestId), type: 'error' }));
    arrived.outcome = 'cut';
  }
  response.end();
}

/** Resolves when the operating system has it, so that what was sent before a cut arrives. */
function write(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => response.write(text, () => resolve()));
}
