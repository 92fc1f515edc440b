import Anthropic from '@anthropic-ai/sdk';
import { AnswerBuilder } from './answer';
import { failureOf, isAborted } from './failures';
import { paramsOf, type ModelRequest } from './request';

/** Where a model answers, and with which key. Both are given: the SDK looks for nothing in files. */
export interface ModelPlace {
  apiKey: string;
  baseUrl: string;
}

export interface ModelAnswer {
  message: Anthropic.Message;
  ms: number;
  /** Until the first event. */
  firstMs: number;
}

export interface CallOptions {
  signal: AbortSignal;
  /** Text as it comes, and the summary of what is thought; not the inputs of tools. */
  onText: (text: string) => void;
}

/** A service of models. */
export interface ModelClient {
  readonly host: string;
  /** One attempt. Throws `ModelFailure`, or the signal's reason when it was aborted. */
  call(request: ModelRequest, options: CallOptions): Promise<ModelAnswer>;
}

/** The service sends pings; a stream that is silent for so long is dead. */
const SILENCE_MS = 120_000;
/** Until the first event: a long prompt to a busy service takes its time. */
const FIRST_MS = 600_000;

export function createModelClient({ apiKey, baseUrl }: ModelPlace): ModelClient {
  const client = new Anthropic({
    apiKey,
    baseURL: baseUrl,
    // Temporal tries again, and its history shows it.
    maxRetries: 0,
    timeout: FIRST_MS,
    // The service's messages reach people through our errors; its library writes nothing to the console.
    logLevel: 'off',
  });
  const { host } = new URL(baseUrl);
  return {
    host,
    async call(request, { signal, onText }) {
      const builder = new AnswerBuilder();
      const started = performance.now();
      let firstMs: number | undefined;
      const silence = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const alive = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
      };
      try {
        const stream = await client.messages.create(paramsOf(request), {
          signal: AbortSignal.any([signal, silence.signal]),
        });
        alive();
        for await (const event of stream) {
          firstMs ??= performance.now() - started;
          alive();
          const text = builder.take(event);
          if (text !== '') onText(text);
        }
        // The SDK ends the loop without an error when it is aborted.
        signal.throwIfAborted();
        const message = builder.whole();
        const ms = performance.now() - started;
        return { message, ms, firstMs: firstMs ?? ms };
      } catch (cause) {
        signal.throwIfAborted();
        const silent = isAborted(cause) && silence.signal.aborted;
        throw failureOf(silent ? new Error('it fell silent in the middle of an answer') : cause, {
          model: request.model,
          host,
          tokens: builder.tokens,
        });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
