import type { Config } from '../schemas/config';
import { fail } from '../schemas/errors';
import { existingHome } from './home';
import { embeddedStoreUrl } from './postgres/embedded-store';
import { storeUrl } from './postgres/store-url';
import { readStack, type StackState } from './stack-file';
import { TASK_QUEUE } from './stack/wish';
import { NAMESPACE } from './temporal/server';
import { temporalLogin, type TemporalLogin, temporalSettings } from './temporal/settings';

type Resolve = (reference: string) => Promise<string>;

/** Where Temporal and the store are for a process of Sluice, on one machine or in a cluster. */
export interface Reach {
  /** The stack of the home, where there is one that runs; not needed when both services are configured elsewhere. */
  stack?: StackState;
  temporal: {
    address: string;
    namespace: string;
    taskQueue: string;
    /** On this machine, started by `sluice up`: nobody else sees what is in it. */
    embedded: boolean;
    /** Base of its web UI, without a slash at the end. */
    ui?: string;
  };
  /** `host:port` of the store, for messages. */
  storeAt: string;
  /** Reads the files and secrets that signing in at Temporal takes. */
  login(resolve: Resolve): Promise<TemporalLogin>;
  /** The store's URL, with its password. */
  storeUrl(resolve: Resolve): Promise<string>;
}

/**
 * From the configuration, the environment and the stack of a home. What the configuration does not place elsewhere is
 * the stack's.
 * Throws `service_unreachable` when the stack is needed and does not run.
 */
export function reach(home: string, config: Config, env: NodeJS.ProcessEnv = process.env): Reach {
  const settings = temporalSettings(config.temporal, env);
  const { store } = config;
  const stack =
    settings.address !== undefined && store !== undefined ? runningStack(home) : neededStack(home);
  // The stack's worker serves where the stack says, whatever was written into the configuration since.
  const served = store === undefined || settings.address === undefined ? stack : undefined;
  const embedded = served?.temporal.port !== undefined;
  const address = served?.temporal.address ?? settings.address!;
  const uiPort = served?.temporal.uiPort;
  const ui = uiPort === undefined ? config.temporal.ui : `http://127.0.0.1:${uiPort}`;
  return {
    ...(stack ? { stack } : {}),
    temporal: {
      address,
      namespace: served?.temporal.namespace ?? settings.namespace ?? NAMESPACE,
      taskQueue: served?.worker.taskQueue ?? settings.taskQueue ?? TASK_QUEUE,
      embedded,
      ...(ui === undefined ? {} : { ui: ui.replace(/\/+$/, '') }),
    },
    storeAt: store ? `${store.host}:${store.port}` : `127.0.0.1:${stack!.postgres.port}`,
    login: (resolve) =>
      embedded ? Promise.resolve({ address }) : temporalLogin({ ...settings, address }, resolve),
    storeUrl: (resolve) => (store ? storeUrl(store, resolve) : Promise.resolve(embeddedStore(home))),
  };
}

function embeddedStore(home: string): string {
  const url = embeddedStoreUrl(home);
  if (url !== undefined) return url;
  throw notRunning(`The home ${home} has no password for the store; the stack was never up there.`);
}

function runningStack(home: string): StackState | undefined {
  const stack = readStack(existingHome(home));
  return stack && stack.phase !== 'down' && stack.phase !== 'failed' ? stack : undefined;
}

function neededStack(home: string): StackState {
  const stack = runningStack(home);
  if (stack) return stack;
  const why = readStack(existingHome(home))?.error?.message;
  throw notRunning(`The stack of ${home} is not running${why === undefined ? '.' : `: ${why}`}`);
}

function notRunning(message: string): Error {
  return fail('service_unreachable', message, {
    state: 'This command changed nothing more; runs that were started go on when the stack is back.',
    next: 'Start the stack: sluice up (and if it is up: sluice doctor).',
  });
}
