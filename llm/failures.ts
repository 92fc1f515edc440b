import { APIConnectionError, APIError, APIUserAbortError } from '@anthropic-ai/sdk';
import type { TokenCounts } from './prices';
import { ERROR_CODES, fail, type ErrorCode, type SluiceError } from '../schemas/errors';

/** A call that failed, in the closed set of errors, with what decides on the next attempt. */
export class ModelFailure extends Error {
  constructor(
    readonly error: SluiceError,
    /** When the service says to come again. */
    readonly retryAfterMs: number | undefined,
    /** What was counted before it broke off. */
    readonly tokens: TokenCounts | undefined,
    cause: unknown,
  ) {
    super(error.message, { cause });
    this.name = 'ModelFailure';
  }
}

/** As the SDK makes it: its type parameters are `any` behind `instanceof`. */
type Refused = APIError<number | undefined, Headers | undefined, object | undefined>;

/** Codes of a limit that waiting does not lift. */
const SPENT = new Set([
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
]);

const NOT_USED = 'Nothing was changed; no answer was used.';

/**
 * Maps what the SDK threw once. `model` and `host` are for the message. An answer of the service that says of itself
 * whether to try again (`x-should-retry`) is believed.
 */
export function failureOf(
  cause: unknown,
  { model, host, tokens }: { model: string; host: string; tokens?: TokenCounts },
): ModelFailure {
  const error = classify(cause, model, host);
  return new ModelFailure(error, retryAfterOf(cause), tokens, cause);
}

/** Whether it was given up from here (cancelled). */
export function isAborted(cause: unknown): boolean {
  return cause instanceof APIUserAbortError;
}

function classify(cause: unknown, model: string, host: string): SluiceError {
  if (!isRefused(cause)) return unreachable(cause, host);
  const { status, type, errorCode } = cause;
  const said = cause.apiMessage ?? cause.message;
  if (status === 401 || (status === 403 && type === 'permission_error') || type === 'authentication_error')
    return make('authentication_failed', `The model's service (${host}) refused the API key: ${said}`, {
      next: 'Give a key that is valid there: `sluice secret set ANTHROPIC_API_KEY`, or the reference that `llm.apiKey` names.',
    });
  if (status === 402 || type === 'billing_error' || (errorCode !== null && SPENT.has(errorCode)))
    return make('llm_spend_limit', `The account at ${host} may not spend more: ${said}`, {
      next: 'Raise the limit or settle the payment there; waiting does not help. Without a model everything but `ask` works.',
    });
  if (type === 'not_found_error' && /model|claude/i.test(said)) return unknownModel(model, host, said);
  if (status === 429 || type === 'rate_limit_error')
    return make('llm_limited', `The model's service (${host}) limits how often it may be called: ${said}`, {
      next: 'It is tried again by itself when the service allows it; if it stays, ask for a higher limit there.',
    });
  if (status === 529 || type === 'overloaded_error')
    return make('llm_limited', `The model's service (${host}) is overloaded: ${said}`, {
      next: 'It is tried again by itself; if it stays, wait some minutes.',
    });
  if (passes(cause)) return unreachable(cause, host);
  return refused(cause, model, host, said);
}

/** An answer of the service; anything else is a connection that broke. */
function isRefused(cause: unknown): cause is Refused {
  return cause instanceof APIError && !(cause instanceof APIConnectionError);
}

/** Whether the same request may be answered later: a fault of the service, or of the way to it. */
function passes({ status, type, headers, message }: Refused): boolean {
  const told = headers?.get('x-should-retry');
  if (told === 'true') return true;
  if (told === 'false') return false;
  if (/grammar compilation timed out/i.test(message)) return true;
  if (status === undefined) return type !== 'invalid_request_error';
  return status === 408 || status === 409 || status >= 500;
}

function unreachable(cause: unknown, host: string): SluiceError {
  const what = cause instanceof Error ? cause.message : String(cause);
  const inner = cause instanceof Error && cause.cause instanceof Error ? ` (${cause.cause.message})` : '';
  return make('service_unreachable', `The model's service at ${host} did not answer: ${what}${inner}`, {
    next: 'It is tried again by itself; if it stays, look at the network, `llm.baseUrl` and ANTHROPIC_BASE_URL.',
  });
}

function unknownModel(model: string, host: string, said: string): SluiceError {
  return make('llm_model_unknown', `There is no model "${model}" at ${host}: ${said}`, {
    next: 'Name one that your account may use, under `llm.models` in sluice.config.yaml.',
  });
}

function refused(cause: Refused, model: string, host: string, said: string): SluiceError {
  const status = cause.status === undefined ? '' : ` with ${cause.status}`;
  // A page of some other server, not an answer of the API.
  if (cause.type === null || cause.status === 404)
    return make('llm_request_refused', `${host} answered${status}, and not as the model's service does.`, {
      next: 'Look at `llm.baseUrl` and ANTHROPIC_BASE_URL: they must name the Messages API.',
    });
  if (/^model\b|\bmodel:/i.test(said)) return unknownModel(model, host, said);
  return make('llm_request_refused', `The model's service (${host}) refused the request${status}: ${said}`, {
    next: /too long|too large|exceed/i.test(said)
      ? 'Ask for less at once, or lower `llm.schemaTokens`.'
      : 'Report this, with the message; another model (`llm.models`) may accept it.',
  });
}

function make(code: ErrorCode, message: string, { next }: { next: string }): SluiceError {
  return fail(code, message.endsWith('.') ? message : `${message}.`, { next, state: NOT_USED });
}

/** Milliseconds, from `retry-after-ms` or `retry-after` (seconds or a date). Only of what may be tried again. */
export function retryAfterOf(cause: unknown, now = Date.now()): number | undefined {
  if (!isRefused(cause) || cause.headers === undefined) return undefined;
  const exact = Number(cause.headers.get('retry-after-ms') ?? NaN);
  if (Number.isFinite(exact)) return Math.max(exact, 0);
  const text = cause.headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(seconds * 1_000, 0);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

export function mayPass(failure: ModelFailure): boolean {
  return ERROR_CODES[failure.error.code].retryable;
}
