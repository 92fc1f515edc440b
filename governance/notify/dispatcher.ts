import { setTimeout as sleep } from 'node:timers/promises';
import type { Notifier } from '../../schemas/notifiers';
import type { Notifications } from '../../store/notifications';
import { scrub } from '../redact';
import type { Message } from './message';
import { Later, send, type Senders } from './send';

/** Milliseconds between two looks into the outbox. */
const TICK_MS = 1_000;
/** Messages of one notifier that are taken at once; they go one after the other, oldest first. */
const BATCH = 10;
/** A worker that dies leaves what it had taken to others after this long: more than a batch can take. */
const LEASE_MS = 300_000;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** A week: an endpoint that was down over a long weekend hears of everything. */
const GIVE_UP_MS = 7 * 24 * 3_600_000;

export interface DispatcherOptions extends Senders {
  outbox: Notifications;
  log: Senders['log'] & { warn(fields: object, message: string): void };
  /** Called for every attempt. */
  onOutcome?: (notifier: string, outcome: 'sent' | 'failed' | 'given_up') => void;
  /** Where the run is seen in Temporal's UI. */
  linkTo?: (workflowId: string) => string | undefined;
  tickMs?: number;
  firstWaitMs?: number;
}

export interface Dispatcher {
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Empties the outbox: every worker has one, none waits for another. At least once; a receiver tells repetitions by
 * their key. Notifiers do not wait for each other, and nothing waits for them.
 */
export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const stopping = new AbortController();
  const busy = new Map<string, Promise<void>>();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        for (const notifier of await options.outbox.due()) {
          if (busy.has(notifier)) continue;
          const work = drain(options, notifier, stopping.signal)
            .catch((cause: unknown) => complain(options, notifier, cause))
            .finally(() => busy.delete(notifier));
          busy.set(notifier, work);
        }
      } catch (cause) {
        complain(options, '', cause);
      }
      await sleep(options.tickMs ?? TICK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await Promise.all(busy.values());
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function drain(options: DispatcherOptions, notifier: string, stop: AbortSignal): Promise<void> {
  const { outbox, onOutcome = () => undefined } = options;
  const batch = await outbox.claim<Notifier, Message>(notifier, BATCH, LEASE_MS);
  for (const item of batch) {
    // Given back at once: another worker need not wait for the lease.
    if (stop.aborted) {
      await outbox.failed(item.id, 'the worker was stopped before it was sent', 0);
      continue;
    }
    try {
      const link = options.linkTo?.(item.message.workflowId);
      await send(
        options,
        item.settings,
        { ...item.message, ...(link === undefined ? {} : { link }) },
        item.key,
      );
      await outbox.sent(item.id);
      onOutcome(notifier, 'sent');
    } catch (cause) {
      const why = scrub(cause instanceof Error ? cause.message : String(cause)).slice(0, 500);
      const over = await outbox.giveUp(item.id, why, GIVE_UP_MS);
      if (!over) await outbox.failed(item.id, why, waitAfter(options, item.attempts, cause));
      onOutcome(notifier, over ? 'given_up' : 'failed');
      options.log.warn({ notifier, key: item.key, attempts: item.attempts, why }, 'a notice was not sent');
    }
  }
}

/** Doubles from two seconds to five minutes; longer only when the receiver asks for it. */
function waitAfter(
  { firstWaitMs = FIRST_WAIT_MS }: DispatcherOptions,
  attempts: number,
  cause: unknown,
): number {
  const wait = Math.min(firstWaitMs * 2 ** Math.min(attempts - 1, 20), LONGEST_WAIT_MS);
  // Workers that were refused at the same instant must not come back at the same instant.
  const spread = wait * (0.8 + Math.random() * 0.4);
  return cause instanceof Later ? Math.max(spread, Math.min(cause.retryAfterMs, 3_600_000)) : spread;
}

function complain({ log }: DispatcherOptions, notifier: string, cause: unknown): void {
  log.warn({ notifier, cause: scrub(String(cause)) }, 'the outbox of notices waits');
}
