import { readFileSync } from 'node:fs';
import type { Problem } from '../schemas/errors';
import { writeFileAtomic } from './atomic';
import type { HomePaths } from './home';
import type { ProcessRef } from './processes';

export const PARTS = ['postgres', 'temporal', 'worker'] as const;
export type PartName = (typeof PARTS)[number];

/** One supervised process, as `stack.json` has it. */
export interface PartState {
  process?: ProcessRef;
  /** ISO 8601: when this process was started. */
  startedAt?: string;
  /** How often it came back since the supervisor started. */
  restarts: number;
  /** How it ended the last time: an exit code, or the name of a signal. */
  lastExit?: { how: string; at: string };
  ready: boolean;
}

/** What one start of the stack was asked for; when it differs from what runs, `up` restarts. */
export interface StackWish {
  /** Path of the configuration, or null. */
  config: string | null;
  /** Names the build whose code runs. */
  build: string;
  postgresPort?: number;
  temporalPort?: number;
  uiPort?: number;
  metricsPort?: number;
  /** Set when Temporal is somebody else's: a cluster, Temporal Cloud. */
  temporalAddress?: string;
  namespace: string;
  taskQueue: string;
  /** Set by `up --cluster`: Temporal runs on PostgreSQL, with this many workers of a versioned deployment. */
  cluster?: { workers: number };
}

export type WorkerState = PartState & {
  taskQueue: string;
  /** The addresses it was started with. */
  sees?: string;
  /** Where it serves /metrics, on loopback. */
  metricsPort?: number;
  /** What its environment says of the model that `sluice ask` works with: whether there is a key, never which. */
  model?: { key: boolean; baseUrl?: string };
};

/** `<home>/stack.json`: written by the supervisor alone, whole or not at all; read by everybody. Holds no secrets. */
export interface StackState {
  version: 1;
  phase: 'starting' | 'up' | 'stopping' | 'down' | 'failed';
  wish: StackWish;
  supervisor?: ProcessRef;
  postgres: PartState & { port: number; root: string };
  /** `port` and `uiPort` are absent when Temporal is somebody else's. */
  temporal: PartState & {
    address: string;
    namespace: string;
    port?: number;
    uiPort?: number;
    /** On PostgreSQL: ports between its services, and the port of PostgreSQL that it was started with. */
    innerPorts?: number[];
    sees?: string;
  };
  worker: WorkerState;
  /** The second, third … worker of a cluster. */
  moreWorkers?: WorkerState[];
  /** Why the supervisor gave up. */
  error?: Problem;
}

/** `undefined` when the stack was never up, or the file is not one of ours. */
export function readStack(paths: Pick<HomePaths, 'stack'>): StackState | undefined {
  try {
    const state = JSON.parse(readFileSync(paths.stack, 'utf8')) as StackState;
    return state.version === 1 ? state : undefined;
  } catch {
    return undefined; // not there, or no JSON: written by hand, for it is replaced atomically
  }
}

export function writeStack(paths: Pick<HomePaths, 'stack'>, state: StackState): void {
  writeFileAtomic(paths.stack, `${JSON.stringify(state, undefined, 2)}\n`);
}
