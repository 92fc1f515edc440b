import { existsSync } from 'node:fs';
import { setInterval } from 'node:timers/promises';
import type { Problem } from '../../schemas/errors';
import { SluiceError } from '../../schemas/errors';
import type { HomePaths } from '../home';
import { identify } from '../processes';
import type { StackState, StackWish } from '../stack-file';
import { readStack, writeStack } from '../stack-file';
import { Part } from './part';
import { postgresPart } from './postgres-part';
import { FIRST_PORTS } from './stack-ports';
import { temporalPart } from './temporal-part';
import { surroundings, workerPart } from './worker-part';

export interface Programs {
  /** Absent when Temporal is somebody else's. */
  temporal?: string;
  /** The worker's main module. */
  worker: string;
}

export type Log = (fields: object, message: string) => void;

/** The state to begin with: what an earlier supervisor left running is known from its record. */
function initialState(paths: HomePaths, wish: StackWish): StackState {
  const last = readStack(paths);
  const own = wish.temporalAddress === undefined;
  const port = wish.temporalPort ?? last?.temporal.port ?? FIRST_PORTS.temporal;
  return {
    version: 1,
    phase: 'starting',
    wish,
    supervisor: identify(process.pid),
    postgres: {
      ...{ root: paths.postgres, ...last?.postgres, restarts: 0, ready: false },
      port: wish.postgresPort ?? last?.postgres.port ?? FIRST_PORTS.postgres,
    },
    temporal: {
      ...{ ...last?.temporal, restarts: 0, ready: false, namespace: wish.namespace },
      address: wish.temporalAddress ?? `127.0.0.1:${port}`,
      port: own ? port : undefined,
      uiPort: own ? (wish.uiPort ?? last?.temporal.uiPort ?? FIRST_PORTS.ui) : undefined,
    },
    worker: { ...last?.worker, restarts: 0, ready: false, taskQueue: wish.taskQueue },
  };
}

/**
 * Starts the stack and keeps it running until `stop` aborts, then ends it: worker, Temporal, PostgreSQL, in that order,
 * so that each can still say to the next what it has to.
 * @throws what kept the stack from starting, after ending what had been started.
 */
export async function supervise(
  paths: HomePaths,
  wish: StackWish,
  programs: Programs,
  stop: AbortSignal,
  log: Log,
): Promise<void> {
  const stack = initialState(paths, wish);
  const write = (): void => {
    try {
      if (existsSync(paths.home)) writeStack(paths, stack);
    } catch (error) {
      // A full disk must not end the supervision; the record is brought up to date by the next change.
      log({ error: String(error) }, 'stack.json cannot be written');
    }
  };
  let worker: Part | undefined;
  const changed = (): void => {
    write();
    // A port that was taken in the meantime has changed, and the worker still knows the old one.
    const moved = stack.worker.sees !== undefined && stack.worker.sees !== surroundings(stack);
    if (moved && stack.worker.ready && stack.postgres.ready && stack.temporal.ready) void worker?.restart();
  };
  const hooks = { log, changed };
  write();

  const parts: Part[] = [];
  let failure: { problem: Problem; error: unknown } | undefined;
  try {
    const postgres = new Part(postgresPart(paths, stack), stack.postgres, hooks);
    parts.unshift(postgres);
    const temporal =
      programs.temporal && new Part(temporalPart(paths, stack, programs.temporal), stack.temporal, hooks);
    if (temporal) parts.unshift(temporal);
    else stack.temporal.ready = true;
    worker = new Part(workerPart(paths, stack, programs.worker), stack.worker, hooks);
    const start = async (): Promise<void> => {
      await Promise.all(parts.map((part) => part.start()));
      if (stop.aborted) return;
      parts.unshift(worker!);
      await worker!.start();
      stack.phase = 'up';
      changed();
    };
    await Promise.race([start(), aborted(stop)]);
    await untilStopped(paths, stop);
  } catch (error) {
    failure = { problem: toProblem(error), error };
    log({ error: String(error) }, 'giving up');
  }

  stack.phase = 'stopping';
  write();
  for (const part of parts) await part.stop();
  stack.phase = failure ? 'failed' : 'down';
  stack.supervisor = undefined;
  stack.error = failure?.problem;
  write();
  if (failure) throw failure.error;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Until told to stop, or until somebody removes the home: a stack without one serves nobody and cannot be found. */
async function untilStopped(paths: HomePaths, stop: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(1_000, undefined, { signal: stop })) {
      if (!existsSync(paths.home)) return;
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

function toProblem(error: unknown): Problem {
  if (error instanceof SluiceError) return error.problem;
  return {
    code: 'internal',
    message: `The stack could not be started: ${String(error)}`,
    state: 'The stack was not started.',
    next: 'Run `sluice doctor`.',
  };
}
