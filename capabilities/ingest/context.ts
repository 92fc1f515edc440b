import { fail } from '../../schemas/errors';
import type { StepContext } from '../capability';

/** Progress of one phase, told at most so often. */
const TELL_EVERY_MS = 500;

/** Heartbeats of long reading, with what was read so far; stops it when the step is cancelled. */
export class Pulse {
  bytes = 0;
  files = 0;
  readonly #ctx: Pick<StepContext, 'heartbeat' | 'signal'>;
  readonly #phase: string;
  #told = 0;

  constructor(ctx: Pick<StepContext, 'heartbeat' | 'signal'>, phase: string) {
    this.#ctx = ctx;
    this.#phase = phase;
  }

  /** Throws `cancelled`. */
  beat(bytes: number): void {
    this.bytes += bytes;
    if (this.#ctx.signal.aborted) throw cancelled();
    const now = Date.now();
    if (now - this.#told < TELL_EVERY_MS) return;
    this.#told = now;
    this.#ctx.heartbeat({ phase: this.#phase, files: this.files, bytes: this.bytes });
  }

  async *watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.beat(chunk.length);
      yield chunk;
    }
  }
}

export function cancelled(): Error {
  return fail('cancelled', 'The step was cancelled while it was reading.', {
    next: 'Nothing; run the goal again if it is still wanted.',
  });
}
