import type Anthropic from '@anthropic-ai/sdk';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { tokensOf } from '../../../llm/answer';
import type { ModelAnswer } from '../../../llm/client';
import { mayPass, ModelFailure } from '../../../llm/failures';
import { costOf, priceOf, type TokenCounts } from '../../../llm/prices';
import type { CallInput, CallResult } from '../../../schemas/ask';
import type { Booking, NewCall } from '../../../store/asks/calls';
import { problemOf } from '../../errors';
import { asActivity, type ActivityScope } from '../../run-context';
import type { Services } from '../../services';
import { overBudget, patienceMs } from './budget';
import { prepareCall, type PreparedCall } from './prepare-call';
import { Progress } from './progress';
import { resultOf } from './result';

/**
 * One call of a model. Its answer is stored, with the ledger's row, in one transaction before anybody uses it; an attempt
 * that finds an answer under its key uses that, and one that finds none knows that an earlier attempt may have been paid.
 */
export function callModel(services: Services, input: CallInput): Promise<CallResult> {
  const { agent, nth } = input;
  const fields = { askId: agent.ask.askId, agent: agent.agent, nth };
  return asActivity(services, fields, async (scope) => {
    const prepared = await prepareCall(services, input);
    const { calls } = services.store.asks;
    const { call, grounds } = prepared;
    const known = await calls.answer(call.key);
    if (known !== undefined) return resultOf(services, prepared, known);
    const over = await overBudget(services.store, call, grounds.input, grounds.llm);
    if (over) return over;
    const earlier = await calls.cachedAnswer(call.request, grounds.llm.cacheHours * 3_600_000);
    if (earlier !== undefined) {
      const { stop_reason } = await services.store.artifacts.getJson<Anthropic.Message>(earlier);
      await calls.cached(call, earlier, stop_reason ?? '');
      measured(services, prepared, 'cached');
      return resultOf(services, prepared, earlier);
    }
    const answer = await made(services, prepared, scope);
    return resultOf(services, prepared, answer);
  });
}

/** Makes the call; the hash of its stored answer. */
async function made(services: Services, prepared: PreparedCall, scope: ActivityScope): Promise<string> {
  const { call, request, grounds, agent } = prepared;
  const { calls } = services.store.asks;
  const client = await services.model(grounds.bundle);
  const progress = new Progress(services, agent);
  const { id, unknown } = await calls.sent(call);
  progress.tell('call', callText(call, unknown));
  const started = performance.now();
  const booked = (tokens: TokenCounts, ms = performance.now() - started): Booking => ({
    inputTokens: tokens.input,
    cacheWriteTokens: tokens.cacheWrite5m + tokens.cacheWrite1h,
    cacheReadTokens: tokens.cacheRead,
    outputTokens: tokens.output,
    money: costOf(priceOf(call.model, grounds.llm.prices), tokens),
    ms,
  });
  let answer: ModelAnswer;
  try {
    answer = await client.call(request, { signal: scope.signal, onText: progress.stream });
  } catch (cause) {
    const failure = cause instanceof ModelFailure ? cause : undefined;
    const { aborted } = scope.signal;
    const code = aborted ? 'cancelled' : (failure?.error.code ?? 'internal');
    const { tokens, money } = call.estimate;
    // Given up half way: nobody knows what of it is paid, so its row stays as it was estimated.
    const booking = aborted
      ? { ...booked(NONE), inputTokens: tokens, money }
      : booked(failure?.tokens ?? NONE);
    await calls.failed(id, code, booking, aborted ? 'unknown' : 'failed');
    measured(services, prepared, code, booking);
    if (aborted || !failure) {
      await progress.done();
      throw cause;
    }
    const again = await againMs(services, prepared, failure);
    progress.tell('call', failureText(failure, again));
    await progress.done();
    throw toTemporal(failure, services, call, again);
  }
  const { message, ms, firstMs } = answer;
  const booking = { ...booked(tokensOf(message.usage), ms), firstMs };
  const [stored] = await Promise.all([
    calls.answered(id, call.key, message.stop_reason ?? '', booking, (artifacts) =>
      artifacts.putJson('llm_answer', message),
    ),
    progress.done(),
  ]);
  measured(services, prepared, 'ok', booking);
  return stored;
}

function measured(
  { meter }: Services,
  { call, grounds }: PreparedCall,
  outcome: string,
  booked?: Booking,
): void {
  const { model, role, purpose } = call;
  const { day } = grounds.llm.budgets;
  meter?.({ model, role, purpose, outcome, day, ...(booked ? { booked } : {}) });
}

/** When the service says to come again, but not after the budget of seconds is used up: then the next attempt says so. */
async function againMs(
  { store }: Services,
  { call, grounds }: PreparedCall,
  { retryAfterMs }: ModelFailure,
): Promise<number | undefined> {
  if (retryAfterMs === undefined) return undefined;
  const left = await patienceMs(store, call, grounds.input, grounds.llm);
  return left === undefined ? retryAfterMs : Math.min(retryAfterMs, Math.max(left, MOMENT_MS));
}

/** So long at least until the next attempt. */
const MOMENT_MS = 100;

const NONE: TokenCounts = { input: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };

function callText({ model, nth, purpose }: NewCall, unknown: number): string {
  const again = unknown > 0 ? ', made again: nobody knows what became of the attempt before' : '';
  return `${model}, call ${nth} (${purpose})${again}`;
}

function failureText(failure: ModelFailure, again: number | undefined): string {
  const { retryAfterMs } = failure;
  const when = again === undefined ? 'shortly' : `in ${Math.ceil(again / 1_000)} s`;
  if (!mayPass(failure)) return failure.error.message;
  if (again !== undefined && retryAfterMs !== undefined && again < retryAfterMs)
    return `${failure.error.message} The service asks for ${Math.ceil(retryAfterMs / 1_000)} s, more than the budget of seconds leaves.`;
  return `${failure.error.message} It is tried again ${when}.`;
}

/** As every activity's error is mapped, with the service's own word on when to come again. */
function toTemporal(
  failure: ModelFailure,
  { log }: Services,
  call: NewCall,
  again: number | undefined,
): Error {
  const problem = problemOf(failure.error);
  const { attempt } = Context.current().info;
  log.warn({ askId: call.askId, agent: call.agent, attempt, problem }, problem.message);
  const retryable = mayPass(failure);
  return ApplicationFailure.create({
    type: problem.code,
    message: problem.message,
    nonRetryable: !retryable,
    details: [problem],
    ...(retryable && again !== undefined ? { nextRetryDelay: again } : {}),
  });
}
