import path from 'node:path';
import { openSecrets } from '../governance/open-secrets';
import type { ResolveSecret } from '../governance/secrets';
import { loadConfig } from '../runtime/config';
import { existingHome, findConfig, findHome, prepareHome } from '../runtime/home';
import { reach, type Reach } from '../runtime/reach';
import { rolePasswords } from '../runtime/secrets';
import type { StackState } from '../runtime/stack-file';
import type { Config } from '../schemas/config';
import type { PostgresWarehouseOptions } from '../warehouses/postgres/options';

/** What a worker's process finds around it when it starts. */
export interface WorkerPlace {
  home: string;
  reach: Reach;
  resolveSecret: ResolveSecret;
  /** The stack's own credentials, too. */
  resolveOwn: ResolveSecret;
  /** For goal documents that come from Temporal's own tools. `root`: where their files lie. */
  project: { config: Config; root: string; environment?: string };
  /** The embedded warehouse, on the machine that has one. */
  local?: PostgresWarehouseOptions;
}

/**
 * From SLUICE_HOME (default: as the command line finds it) and SLUICE_CONFIG (default: the configuration that belongs
 * to the home). No stack is needed where the configuration names both Temporal and the store.
 * Throws `service_unreachable` when one is needed and there is none, and what is wrong with the configuration.
 */
export function workerPlace(env: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): WorkerPlace {
  const home = findHome(cwd, env);
  const file = findConfig(home, cwd, env);
  const environment = env.SLUICE_ENV || undefined;
  const config = loadConfig(file, environment);
  const at = reach(home, config, env);
  if (!at.stack) makeHome(home);
  const secrets = openSecrets(config.secrets, home, env);
  return {
    home,
    reach: at,
    resolveSecret: secrets.resolve,
    resolveOwn: secrets.resolveOwn,
    project: { config, root: path.dirname(file ?? home), ...(environment ? { environment } : {}) },
    ...(at.stack ? { local: localWarehouse(home, at.stack) } : {}),
  };
}

/** For what a worker keeps outside of the store. One that may write nowhere works, and says what it cannot keep. */
function makeHome(home: string): void {
  try {
    prepareHome(home);
  } catch {
    // Said by whoever needs it.
  }
}

function localWarehouse(home: string, { postgres: { port } }: StackState): PostgresWarehouseOptions {
  const passwords = rolePasswords(existingHome(home));
  const login = (user: keyof typeof passwords) => ({ user, password: passwords[user] });
  return {
    name: 'local',
    host: '127.0.0.1',
    port,
    database: 'warehouse',
    environment: 'dev',
    reader: login('sluice_reader'),
    writer: login('sluice_writer'),
    admin: login('postgres'),
    rehearsal: login('sluice_rehearsal'),
  };
}
