import type { Answer } from './answer';
import { Bridge } from './bridge';
import { ApiError } from './errors';
import { Recordings } from './recordings';
import { viewOf, type Body } from './request';
import type { Script } from './script';
import type Anthropic from '@anthropic-ai/sdk';

export interface SourceOptions {
  /** Every answer is written to this directory. */
  record?: string;
  /** Answers are read from this directory; what the script answers goes first. */
  replay?: string;
  /** Who answers is whoever writes files into this directory. */
  bridge?: string;
}

/** Where answers come from: the script, then recordings, then the bridge. */
export interface Source {
  answer(body: Body, signal: AbortSignal): Promise<Answer>;
  answered(body: Body, message: Anthropic.Message): void;
  /** The answer was sent to its end. */
  delivered(body: Body): void;
}

export function sourceFrom(options: SourceOptions, script: Script): Source {
  const recordings = options.replay === undefined ? undefined : new Recordings(options.replay);
  const recorder = options.record === undefined ? undefined : new Recordings(options.record);
  const bridge = options.bridge === undefined ? undefined : new Bridge(options.bridge);
  return {
    async answer(body, signal) {
      const view = viewOf(body);
      const found = (await script.answer(view)) ?? recordings?.replay(body);
      if (found) return found;
      if (bridge) return bridge.answer(body, signal);
      // Not a failure of the service, which a client would try again: a mistake of whoever wrote the test.
      throw missed(recordings ? recordings.miss(body) : unscripted(script, view));
    },
    answered: (body, message) => recorder?.record(body, message),
    delivered: (body) => bridge?.delivered(body),
  };
}

function unscripted(script: Script, view: ReturnType<typeof viewOf>): string {
  const results = view.results.map((one) => `${one.name}${one.isError ? ' (error)' : ''}`);
  const last =
    results.length > 0 ? `results of ${results.join(', ')}` : JSON.stringify(view.text.slice(0, 200));
  return `none of ${script.size} rules of the script answers this: ${view.model}, turn ${view.turn}, ${last}`;
}

function missed(message: string): ApiError {
  return new ApiError({ status: 400, type: 'invalid_request_error', message: `messages-api: ${message}` });
}
