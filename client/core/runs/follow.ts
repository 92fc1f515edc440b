import { setTimeout as sleep } from 'node:timers/promises';
import type { RunDocument } from '../../../schemas/run';
import { asSluiceError, isLostService } from '../failures';
import { unreachable } from '../unreachable';
import { PATIENCE_MS } from '../patience';
import type { Link } from '../stack';
import type { KnownRun } from './find';
import { type Look, lookAt, unheard } from './look';

/** Milliseconds without an answer from a worker before that is worth saying; one that is busy takes a second. */
const SILENCE_MS = 4_000;

const NO_WORKER = 'no worker answers; the run goes on when one is back';

export interface FollowOptions {
  /** Ends the following, never the run. */
  signal?: AbortSignal;
  /** True: seen enough. Without it, until the run has ended. */
  until?: (document: RunDocument) => boolean;
  /** At every look at which something is known of the run. */
  onLook?: (document: RunDocument) => void;
  /** Why nothing is heard of the run, in plain words; `undefined` when something is again. */
  onSilence?: (why: string | undefined) => void;
}

export interface Followed {
  document: RunDocument;
  /** False: it lives on, and the follower had seen enough or was told to stop. */
  ended: boolean;
}

/**
 * Follows a run until it ends, `until` says so, or `signal` aborts. Worker, Temporal and PostgreSQL may go away and
 * come back meanwhile. Throws `service_unreachable` when they stay away.
 */
export async function followRun(link: Link, run: KnownRun, options: FollowOptions = {}): Promise<Followed> {
  let last: RunDocument = unheard(run);
  let lostSince: number | undefined;
  let silentSince: number | undefined;
  let wait = 50;
  while (!options.signal?.aborted) {
    try {
      const look = await lookAt(link, run);
      lostSince = undefined;
      if (look.kind === 'silent') {
        silentSince ??= Date.now();
        if (Date.now() - silentSince > SILENCE_MS) options.onSilence?.(NO_WORKER);
      } else {
        silentSince = undefined;
        options.onSilence?.(undefined);
        last = look.document;
        options.onLook?.(last);
        if (isEnough(look, options)) return { document: last, ended: look.kind === 'ended' };
      }
    } catch (cause) {
      if (!isLostService(cause)) throw asSluiceError(cause);
      lostSince ??= Date.now();
      if (Date.now() - lostSince > PATIENCE_MS) {
        throw unreachable(`Nothing has been heard of run ${run.runId} for ${PATIENCE_MS / 1000} s.`, cause);
      }
      options.onSilence?.('the stack does not answer; waiting for it to come back');
      await link.renew().catch(() => undefined);
    }
    // Quick at first, for runs that take a second; then once in half a second.
    await sleep((wait = Math.min(wait * 1.2, 500)), undefined, { signal: options.signal }).catch(
      () => undefined,
    );
  }
  return { document: last, ended: false };
}

function isEnough(look: Exclude<Look, { kind: 'silent' }>, options: FollowOptions): boolean {
  return look.kind === 'ended' || (options.until?.(look.document) ?? false);
}
