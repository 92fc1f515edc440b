import { existsSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../schemas/errors';
import { buildId, CODE_ROOT } from '../build';
import { loadConfig } from '../config';
import { findConfig } from '../home';
import type { StackState, StackWish } from '../stack-file';
import { NAMESPACE } from '../temporal/server';
import { temporalSettings } from '../temporal/settings';

export const TASK_QUEUE = 'sluice';

/**
 * What the stack is asked for here and now. A stack that runs keeps its configuration when `sluice` is called from
 * where none is found.
 * `clusterWorkers`: as `up --cluster` was given it, 0 for the dev server; without it the stack stays what it was.
 * @throws `invalid_config`, `usage`
 */
export function stackWish(
  home: string,
  cwd: string,
  running: StackState | undefined,
  env = process.env,
  clusterWorkers?: number,
): StackWish {
  const kept = running?.wish.config;
  const file = findConfig(home, cwd) ?? (kept && existsSync(kept) ? kept : undefined);
  const config = loadConfig(file);
  const { stack } = config;
  const temporal = temporalSettings(config.temporal, env);
  // Who points TEMPORAL_ADDRESS at the embedded server, for the `temporal` CLI, does not mean somebody else's.
  const foreign = temporal.address === embeddedAddress(running) ? undefined : temporal.address;
  return {
    config: file ?? null,
    build: buildId(),
    postgresPort: stack.postgresPort,
    temporalPort: stack.temporalPort,
    uiPort: stack.uiPort,
    metricsPort: stack.metricsPort,
    temporalAddress: foreign,
    namespace: temporal.namespace ?? NAMESPACE,
    taskQueue: temporal.taskQueue ?? TASK_QUEUE,
    cluster: clusterWish(clusterWorkers, running, foreign),
  };
}

function embeddedAddress(running: StackState | undefined): string | undefined {
  return running?.temporal.port === undefined ? undefined : running.temporal.address;
}

function clusterWish(
  workers: number | undefined,
  running: StackState | undefined,
  address: string | undefined,
): StackWish['cluster'] {
  if (address === undefined) {
    if (workers === undefined) return running?.wish.cluster;
    return workers === 0 ? undefined : { workers };
  }
  if (!workers) return undefined;
  throw fail('usage', `Temporal is at ${address}, as configured: there is none to start here.`, {
    next: 'Start workers for it with `sluice worker`, or remove temporal.address for a cluster on this machine.',
    state: 'The stack was not started.',
    place: 'temporal.address',
  });
}

export const workerMain = (): string => path.join(CODE_ROOT, 'workers', 'main.js');
export const supervisorMain = (): string => path.join(CODE_ROOT, 'runtime', 'supervisor', 'main.js');

export function sameWish(one: StackWish, other: StackWish): boolean {
  // As they are after a round trip through a file: absent keys and undefined ones are the same.
  const flat = (wish: StackWish): string =>
    JSON.stringify(
      Object.entries(wish)
        .filter(([, value]) => value !== undefined)
        .sort(),
    );
  return flat(one) === flat(other);
}
