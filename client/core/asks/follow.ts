import { setTimeout as sleep } from 'node:timers/promises';
import type { AskDocument, AskEvent } from '../../../schemas/ask';
import { asSluiceError, isLostService } from '../failures';
import { unreachable } from '../unreachable';
import { PATIENCE_MS } from '../patience';
import type { Link } from '../stack';
import { lookAtAsk, nothingOf } from './look';

const SILENCE_MS = 4_000;

/** Milliseconds between looks: text of a model is shown as it comes. */
const LOOK_MS = 250;

export interface FollowAsk {
  signal?: AbortSignal;
  /** Only what came after it is told. */
  afterSeq?: number;
  onEvents?: (events: AskEvent[]) => void;
  onLook?: (document: AskDocument) => void;
  onSilence?: (why: string | undefined) => void;
}

export interface FollowedAsk {
  document: AskDocument;
  ended: boolean;
  /** Of the last event that was told. */
  seq: number;
}

/**
 * Follows an ask until it ends, needs a person (a question, a budget), or `signal` aborts. Worker, Temporal and
 * PostgreSQL may go away and come back meanwhile. Throws `service_unreachable` when they stay away.
 */
export async function followAsk(link: Link, askId: string, options: FollowAsk = {}): Promise<FollowedAsk> {
  let seq = options.afterSeq ?? 0;
  let document = nothingOf(askId);
  let lostSince: number | undefined;
  let silentSince: number | undefined;
  while (!options.signal?.aborted) {
    try {
      const look = await lookAtAsk(link, askId);
      const events = await link.store.asks.events(askId, seq);
      seq = events.at(-1)?.seq ?? seq;
      if (events.length > 0) options.onEvents?.(events);
      lostSince = undefined;
      if (look.kind === 'silent') {
        silentSince ??= Date.now();
        if (Date.now() - silentSince > SILENCE_MS)
          options.onSilence?.('no worker answers; the ask goes on when one is back');
      } else {
        silentSince = undefined;
        options.onSilence?.(undefined);
        ({ document } = look);
        options.onLook?.(document);
        if (look.kind === 'ended') return { document, ended: true, seq };
        if (document.status === 'asking' || document.status === 'over_budget')
          return { document, ended: false, seq };
      }
    } catch (cause) {
      if (!isLostService(cause)) throw asSluiceError(cause);
      lostSince ??= Date.now();
      if (Date.now() - lostSince > PATIENCE_MS)
        throw unreachable(`Nothing has been heard of ask ${askId} for ${PATIENCE_MS / 1000} s.`, cause);
      options.onSilence?.('the stack does not answer; waiting for it to come back');
      await link.renew().catch(() => undefined);
    }
    await sleep(LOOK_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
  return { document, ended: false, seq };
}
