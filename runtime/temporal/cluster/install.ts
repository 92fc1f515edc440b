import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../../schemas/errors';
import { withLock } from '../../lock';
import { cacheDirectory } from '../binary';
import { findGo, goBuild, runGo, type Say } from '../go';

/** The server that the dev server of TEMPORAL_CLI holds, so that both behave alike. */
export const TEMPORAL_SERVER = 'v1.29.1';

const MODULE = 'go.temporal.io/server';

/** What a Temporal server on PostgreSQL is made of. */
export interface ClusterPrograms {
  server: string;
  /** Temporal's own tool that makes and upgrades its tables. */
  sql: string;
  /** Its statements, one folder per version, in `temporal/versioned` and `visibility/versioned`. */
  schema: string;
}

export const clusterDirectory = (env = process.env): string =>
  path.join(cacheDirectory(env), `temporal-server-${TEMPORAL_SERVER}-${process.platform}-${process.arch}`);

export function clusterPrograms(directory = clusterDirectory()): ClusterPrograms {
  const executable = (name: string): string =>
    path.join(directory, process.platform === 'win32' ? `${name}.exe` : name);
  return {
    server: executable('server'),
    sql: executable('sql'),
    schema: path.join(directory, 'schema'),
  };
}

/**
 * The Temporal server on PostgreSQL, from our cache, else built by Go into it, once per machine and user.
 * @throws `not_found`
 */
export async function ensureTemporalCluster(say: Say): Promise<ClusterPrograms> {
  if (existsSync(clusterDirectory())) return clusterPrograms();
  mkdirSync(cacheDirectory(), { recursive: true });
  const lock = {
    what: 'building the Temporal server on PostgreSQL',
    timeoutMs: 30 * 60_000,
    onWait: (pid: number) => say(`waiting for process ${pid}, which is building the Temporal server …`),
  };
  return withLock(path.join(cacheDirectory(), 'temporal-server.lock'), lock, async () => {
    if (!existsSync(clusterDirectory())) await build(say);
    return clusterPrograms();
  });
}

async function build(say: Say): Promise<void> {
  const go = findGo();
  if (!go) throw missing('there is no Go to build it with');
  const version = `${MODULE}@${TEMPORAL_SERVER}`;
  try {
    await goBuild({
      go,
      packages: [`${MODULE}/cmd/server@${TEMPORAL_SERVER}`, `${MODULE}/cmd/tools/sql@${TEMPORAL_SERVER}`],
      directory: clusterDirectory(),
      what: `the Temporal server ${TEMPORAL_SERVER} for PostgreSQL`,
      minutes: 4,
      say,
      async finish(directory) {
        // Go's cache of modules may be swept; the statements must not go with it.
        const { Dir } = JSON.parse(await runGo(go, ['mod', 'download', '-json', version])) as { Dir: string };
        const from = path.join(Dir, 'schema', 'postgresql', 'v12');
        cpSync(from, path.join(directory, 'schema'), { recursive: true });
      },
    });
  } catch (cause) {
    throw missing((cause as Error).message, cause);
  }
}

function missing(why: string, cause?: unknown): Error {
  return fail('not_found', `There is no Temporal server on PostgreSQL on this machine, and ${why}.`, {
    next: 'Install Go (https://go.dev/dl) and try again, or `sluice up` without --cluster.',
    state: 'The stack was not started.',
    cause,
  });
}
