import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { fail } from '../../schemas/errors';
import type { HomePaths } from '../home';

import {
  asAccount,
  initialise,
  isInitialised,
  serverArguments,
  setSuperuserPassword,
} from '../postgres/cluster';
import { endBackends } from '../postgres/backends';
import { withClient } from '../postgres/connect';
import { openCluster, serverMark } from '../postgres/open';
import { bootstrap, postgresUrl } from '../postgres/roles';
import { removeStalePidFile, saysReady } from '../postgres/pid-file';
import { findByCommand } from '../process-search';
import { ensureRolePasswords, hasSecret, rolePasswords, writePassFile } from '../secrets';
import type { StackState } from '../stack-file';
import type { PartSpec } from './part';
import { stackPort } from './stack-ports';

export function postgresPart(paths: HomePaths, stack: StackState): PartSpec {
  const cluster = openCluster(paths);
  stack.postgres.root = cluster.root;
  return {
    name: 'postgres',
    log: path.join(paths.logs, 'postgres.log'),
    stopSignal: 'SIGINT', // "fast": ends sessions, writes a checkpoint
    graceMs: 60_000,
    find: () => findByCommand(serverMark(cluster)),

    async prepare() {
      const lost = isInitialised(cluster) && !hasSecret(paths, 'postgres');
      const passwords = ensureRolePasswords(paths);
      if (!isInitialised(cluster)) initialise(cluster, { superuserPassword: passwords.postgres });
      await endBackends(cluster.root);
      removeStalePidFile(cluster);
      if (lost) setSuperuserPassword(cluster, passwords.postgres);
      const wish = { what: 'PostgreSQL', key: 'stack.postgresPort', configured: stack.wish.postgresPort };
      stack.postgres.port = await stackPort(stack, 'postgres', { ...wish, last: stack.postgres.port });
      return {
        command: cluster.binaries.postgres,
        args: serverArguments(cluster, stack.postgres.port),
        ...asAccount(cluster),
      };
    },

    async ready(signal) {
      const passwords = rolePasswords(paths);
      writePassFile(paths, passwords);
      const url = postgresUrl('postgres', passwords.postgres, stack.postgres.port, 'postgres');
      for (let refusals = 0; !signal.aborted; await sleep(50, undefined, { signal })) {
        // Not before it says so itself; recovering from a crash takes as long as it takes.
        if (!saysReady(cluster, stack.postgres.process?.pid)) continue;
        try {
          return await withClient(url, 60_000, (client) => bootstrap(client, passwords));
        } catch (error) {
          if (error instanceof DatabaseError && ++refusals >= 10) throw unusable(error, paths);
        }
      }
    },
  };
}

function unusable(cause: DatabaseError, paths: HomePaths): Error {
  // Class 28: invalid authorization.
  if (!cause.code?.startsWith('28')) {
    return fail(
      'database_error',
      `PostgreSQL runs, but its roles and databases could not be made (${cause.code}).`,
      {
        next: `Read ${path.join(paths.logs, 'postgres.log')}.`,
        state: 'The stack was not started.',
        cause,
      },
    );
  }
  return fail(
    'authentication_failed',
    `The embedded PostgreSQL does not take the password in ${paths.secrets}/postgres.`,
    {
      next: `Remove ${paths.secrets}/postgres (the next start sets a new password), or bring back the right one; then \`sluice up\`.`,
      state: 'The stack was not started; the data is untouched.',
      cause,
    },
  );
}
