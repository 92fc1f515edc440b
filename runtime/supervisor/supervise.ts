import { Connection } from '@temporalio/client';
import { existsSync } from 'node:fs';
import { setInterval } from 'node:timers/promises';
import type { Problem } from '../../schemas/errors';
import { SluiceError } from '../../schemas/errors';
import type { HomePaths } from '../home';
import { identify } from '../processes';
import type { StackState, StackWish, WorkerState } from '../stack-file';
import { readStack, writeStack } from '../stack-file';
import type { ClusterPrograms } from '../temporal/cluster/install';
import { setCurrentVersion } from '../temporal/deployments';
import { Part, type PartSpec } from './part';
import { postgresPart } from './postgres-part';
import { FIRST_PORTS } from './stack-ports';
import { temporalClusterPart } from './temporal-cluster-part';
import { temporalPart } from './temporal-part';
import { DEPLOYMENT, shortBuild, surroundings, workerPart } from './worker-part';

export interface Programs {
  /** The dev server; absent when Temporal is somebody else's, or runs on PostgreSQL. */
  temporal?: string;
  /** The server on PostgreSQL. */
  cluster?: ClusterPrograms;
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
      sees: wish.cluster ? last?.temporal.sees : undefined,
      uiPort: own && !wish.cluster ? (wish.uiPort ?? last?.temporal.uiPort ?? FIRST_PORTS.ui) : undefined,
    },
    worker: workerState(wish, last?.worker),
    moreWorkers: Array.from({ length: (wish.cluster?.workers ?? 1) - 1 }, (_, index) =>
      workerState(wish, last?.moreWorkers?.[index]),
    ),
  };
}

const workerState = (wish: StackWish, last: WorkerState | undefined): WorkerState => ({
  ...last,
  restarts: 0,
  ready: false,
  taskQueue: wish.taskQueue,
});

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
  const workers: { part: Part; state: WorkerState }[] = [];
  let temporal: Part | undefined;
  const changed = (): void => {
    write();
    if (!stack.postgres.ready || !stack.temporal.ready) return;
    // A port that was taken in the meantime has changed, and who depends on it still knows the old one.
    const { sees } = stack.temporal;
    if (sees !== undefined && sees !== String(stack.postgres.port)) return void temporal?.restart();
    for (const { part, state } of workers) {
      const moved = state.sees !== undefined && state.sees !== surroundings(stack);
      if (moved && state.ready) void part.restart();
    }
  };
  const hooks = { log, changed };
  write();

  const parts: Part[] = [];
  let failure: { problem: Problem; error: unknown } | undefined;
  try {
    const postgres = new Part(postgresPart(paths, stack), stack.postgres, hooks);
    parts.unshift(postgres);
    const spec = temporalSpec(paths, stack, programs);
    temporal = spec && new Part(spec, stack.temporal, hooks);
    if (temporal) parts.unshift(temporal);
    else stack.temporal.ready = true;
    const start = async (): Promise<void> => {
      // A server on PostgreSQL keeps its tables there; any other starts beside it.
      if (programs.cluster) await postgres.start();
      await Promise.all(parts.filter((part) => !part.started).map((part) => part.start()));
      if (stop.aborted) return;
      for (const [index, state] of [stack.worker, ...(stack.moreWorkers ?? [])].entries()) {
        const part = new Part(workerPart(paths, stack, programs.worker, index + 1, state), state, hooks);
        workers.push({ part, state });
      }
      await Promise.all(workers.map(({ part }) => part.start()));
      if (stop.aborted) return;
      if (stack.wish.cluster) await makeCurrent(stack);
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
  await Promise.all(workers.map(({ part }) => part.stop()));
  for (const part of parts) await part.stop();
  stack.phase = failure ? 'failed' : 'down';
  stack.supervisor = undefined;
  stack.error = failure?.problem;
  write();
  if (failure) throw failure.error;
}

function temporalSpec(paths: HomePaths, stack: StackState, programs: Programs): PartSpec | undefined {
  if (programs.cluster) return temporalClusterPart(paths, stack, programs.cluster);
  return programs.temporal === undefined ? undefined : temporalPart(paths, stack, programs.temporal);
}

/** Until a version is the current one, workers of a deployment are given nothing. */
async function makeCurrent(stack: StackState): Promise<void> {
  const { address, namespace } = stack.temporal;
  const connection = await Connection.connect({ address });
  try {
    await setCurrentVersion({ connection, namespace, deployment: DEPLOYMENT }, shortBuild(stack));
  } finally {
    await connection.close();
  }
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
