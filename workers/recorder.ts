import { setTimeout as sleep } from 'node:timers/promises';
import { asLeader } from '../store/leader';
import type { Store } from '../store/store';
import type { Log } from '../activities/services';

/** Any number that nobody else uses: one process at a time does what follows. */
const RECORDER_LOCK = 7_262_310_425;

/** Milliseconds between two looks, and until a process that is not the leader tries to become it. */
const TICK_MS = 1_000;
const STAND_BY_MS = 5_000;

/** What is done with the record while a worker lives. Each is called about once a second; what it throws is logged. */
export interface RecorderTask {
  name: string;
  tick(signal: AbortSignal): Promise<unknown>;
}

export interface Recorder {
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

export interface RecorderOptions {
  store: Store;
  log: Log;
  tasks: readonly RecorderTask[];
  tickMs?: number;
  standByMs?: number;
}

/** One loop in every worker, of which one is at work: signs heads of the audit log, sends lineage, drops shadows. */
export function startRecorder(options: RecorderOptions): Recorder {
  const { store, log, tasks, tickMs = TICK_MS, standByMs = STAND_BY_MS } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const complained = new Map<string, string>();
  const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      complained.delete(name);
    } catch (cause) {
      // The same trouble each second would fill the log.
      const why = cause instanceof Error ? cause.message : String(cause);
      if (!signal.aborted && complained.get(name) !== why)
        log.warn({ task: name, cause: why }, 'the record waits');
      complained.set(name, why);
    }
  };
  const lead = async (held: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      await held();
      // Side by side: an endpoint that is slow to answer must not keep heads from being signed.
      await Promise.all(tasks.map((task) => attempt(task.name, () => task.tick(signal))));
      await pause(tickMs, signal);
    }
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await attempt('recorder', () => asLeader(store.db, RECORDER_LOCK, lead));
      await pause(standByMs, signal);
    }
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
