import { existsSync } from 'node:fs';
import path from 'node:path';
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
 * @throws `invalid_config`
 */
export function stackWish(
  home: string,
  cwd: string,
  running: StackState | undefined,
  env = process.env,
): StackWish {
  const kept = running?.wish.config;
  const file = findConfig(home, cwd) ?? (kept && existsSync(kept) ? kept : undefined);
  const config = loadConfig(file);
  const { stack } = config;
  const temporal = temporalSettings(config.temporal, env);
  return {
    config: file ?? null,
    build: buildId(),
    postgresPort: stack.postgresPort,
    temporalPort: stack.temporalPort,
    uiPort: stack.uiPort,
    // Who points TEMPORAL_ADDRESS at the embedded server, for the `temporal` CLI, does not mean somebody else's.
    temporalAddress: temporal.address === embeddedAddress(running) ? undefined : temporal.address,
    namespace: temporal.namespace ?? NAMESPACE,
    taskQueue: temporal.taskQueue ?? TASK_QUEUE,
  };
}

function embeddedAddress(running: StackState | undefined): string | undefined {
  return running?.temporal.port === undefined ? undefined : running.temporal.address;
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
