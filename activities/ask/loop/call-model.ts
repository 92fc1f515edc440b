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
import { overBudget } from './budget';
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
    const over = await overBudget(services.store, call.askId, grounds.input, grounds.llm, call.estimate);
    if (over) return over;
    const earlier = await calls.cachedAnswer(call.request, grounds.llm.cacheHours * 3_600_000);
    if (earlier !== undefined) {
      const { stop_reason } = await services.store.artifacts.getJson<Anthropic.Message>(earlier);
      await calls.cached(call, earlier, stop_reason ?? '');
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
    if (scope.signal.aborted) {
      // Given up half way: nobody knows what of it is paid, so its row stays as it was estimated.
      const { tokens, money } = call.estimate;
      await calls.failed(id, 'cancelled', { ...booked(NONE), inputTokens: tokens, money }, 'unknown');
    } else {
      await calls.failed(id, failure?.error.code ?? 'internal', booked(failure?.tokens ?? NONE), 'failed');
    }
    if (!scope.signal.aborted && failure) progress.tell('call', failureText(failure));
    await progress.done();
    throw failure && !scope.signal.aborted ? toTemporal(failure, services, call) : cause;
  }
  const { message, ms, firstMs } = answer;
  const booking = { ...booked(tokensOf(message.usage), ms), firstMs };
  const [stored] = await Promise.all([
    calls.answered(id, call.key, message.stop_reason ?? '', booking, (artifacts) =>
      artifacts.putJson('llm_answer', message),
    ),
    progress.done(),
  ]);
  return stored;
}

const NONE: TokenCounts = { input: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };

function callText({ model, nth, purpose }: NewCall, unknown: number): string {
  const again = unknown > 0 ? ', made again: nobody knows what became of the attempt before' : '';
  return `${model}, call ${nth} (${purpose})${again}`;
}

function failureText(failure: ModelFailure): string {
  const when =
    failure.retryAfterMs === undefined ? 'shortly' : `in ${Math.ceil(failure.retryAfterMs / 1_000)} s`;
  return `${failure.error.message}${mayPass(failure) ? ` It is tried again ${when}.` : ''}`;
}

/** As every activity's error is mapped, with the service's own word on when to come again. */
function toTemporal(failure: ModelFailure, { log }: Services, call: NewCall): Error {
  const problem = problemOf(failure.error);
  const { attempt } = Context.current().info;
  log.warn({ askId: call.askId, agent: call.agent, attempt, problem }, problem.message);
  const retryable = mayPass(failure);
  return ApplicationFailure.create({
    type: problem.code,
    message: problem.message,
    nonRetryable: !retryable,
    details: [problem],
    ...(retryable && failure.retryAfterMs !== undefined ? { nextRetryDelay: failure.retryAfterMs } : {}),
  });
}
