import { appendFileSync } from 'node:fs';
import { scrub } from '../governance/redact';
import type { LineageOutbox, PendingEvent } from '../store/lineage/outbox';
import type { LineageEndpoint } from './lineage-settings';
import type { RecorderTask } from './recorder';

/** Events in memory at a time, and milliseconds that the endpoint has to answer. */
const BATCH = 100;
const ANSWER_MS = 10_000;

/** Milliseconds until the next attempt: doubled each time, with up to a fifth of it at random. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** Refused for what they are: sending them again would be refused again. Anything else may pass. */
const PERMANENT = new Set([400, 405, 406, 410, 411, 413, 414, 415, 422]);

/** Appends events to a file, in order; after a crash one may be there twice. */
export function fileTask(outbox: LineageOutbox, file: string): RecorderTask {
  return {
    name: 'writing lineage to a file',
    async tick(signal) {
      for (let batch = await outbox.pending('file', BATCH); batch.length > 0 && !signal.aborted;) {
        appendFileSync(file, batch.map(({ event }) => `${event}\n`).join(''), { mode: 0o600 });
        await outbox.delivered(
          'file',
          batch.map(({ id }) => id),
        );
        batch = await outbox.pending('file', BATCH);
      }
    },
  };
}

export interface SenderOptions {
  now?: () => number;
  random?: () => number;
}

/**
 * Sends events one by one, in the order they were written, so that a run's stay in order. While the endpoint is down
 * nothing is lost: the next attempt waits longer each time, also after a restart, and begins where the last one ended.
 */
export function httpTask(
  outbox: LineageOutbox,
  endpoint: LineageEndpoint | undefined,
  { now = Date.now, random = Math.random }: SenderOptions = {},
): RecorderTask {
  let waiting: { until: number; attempts: number } | undefined;
  return {
    name: 'sending lineage',
    async tick(signal) {
      if (!endpoint) return outbox.off();
      waiting ??= await before(outbox);
      if (now() < waiting.until) return;
      for (;;) {
        const batch = await outbox.pending('http', BATCH);
        if (batch.length === 0 || signal.aborted) return;
        const trouble = await send(outbox, endpoint, batch, signal);
        if (trouble === undefined) {
          waiting = { until: 0, attempts: 0 };
          continue;
        }
        if (signal.aborted) return;
        const { attempts } = waiting;
        const delay = Math.min(FIRST_MS * 2 ** attempts, LONGEST_MS) * (1 + random() / 5);
        waiting = { until: now() + delay, attempts: attempts + 1 };
        await outbox.failed('http', trouble, new Date(waiting.until));
        return;
      }
    },
  };
}

/** What another process, or this one before it was started again, had come to. */
async function before(outbox: LineageOutbox): Promise<{ until: number; attempts: number }> {
  const http = (await outbox.state()).find((state) => state.sink === 'http');
  return { until: http?.retryAt?.getTime() ?? 0, attempts: http?.attempts ?? 0 };
}

/** Sends a batch; returns what kept it from getting to the end. What was sent is noted in either case. */
async function send(
  outbox: LineageOutbox,
  endpoint: LineageEndpoint,
  batch: readonly PendingEvent[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const done: string[] = [];
  let trouble: string | undefined;
  for (const { id, event } of batch) {
    const answer = await post(endpoint, event, signal);
    if (answer.kind === 'parked') await outbox.park(id, answer.why);
    else if (answer.kind === 'delivered') done.push(id);
    else {
      trouble = answer.why;
      break;
    }
  }
  if (done.length > 0) await outbox.delivered('http', done);
  return trouble;
}

type Answer = { kind: 'delivered' } | { kind: 'parked' | 'failed'; why: string };

async function post(endpoint: LineageEndpoint, body: string, signal: AbortSignal): Promise<Answer> {
  // Not AbortSignal.any: on a signal that lives as long as the process it would leave something behind each time.
  const abort = new AbortController();
  const stop = (): void => abort.abort(new Error('no answer in time'));
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, ANSWER_MS);
  try {
    const key = await endpoint.apiKey();
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body,
      // A redirect would carry the key elsewhere.
      redirect: 'manual',
      signal: abort.signal,
    });
    // What it says is of no use, but a connection is used again only when it was read.
    await response.arrayBuffer();
    if (response.ok) return { kind: 'delivered' };
    const kind = PERMANENT.has(response.status) ? 'parked' : 'failed';
    return { kind, why: `the endpoint answered ${response.status}` };
  } catch (cause) {
    const { message, cause: inner } = cause as Error;
    const code = (inner as { code?: string } | undefined)?.code;
    return { kind: 'failed', why: scrub(code === undefined ? message : `${message}: ${code}`) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
