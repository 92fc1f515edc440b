import { Connection } from '@temporalio/client';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HomePaths } from '../home';
import { claimPort } from '../port-claims';
import { choosePort } from '../ports';
import { findByCommand } from '../process-search';
import type { StackState } from '../stack-file';
import {
  clusterArguments,
  clusterMark,
  PASSWORD_VARIABLE,
  PORTS_NEEDED,
  writeServerConfig,
} from '../temporal/cluster/config';
import { databasePassword, ensureTemporalDatabases } from '../temporal/cluster/database';
import type { ClusterPrograms } from '../temporal/cluster/install';
import { ensureNamespace } from '../temporal/cluster/namespace';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import type { PartSpec } from './part';
import { stackPort } from './stack-ports';

/** Where the search for the ports between the server's own services starts. */
const FIRST_INNER_PORT = 17_233;

export const clusterRoot = (paths: HomePaths): string => path.join(paths.temporal, 'cluster');

/** A Temporal server on the embedded PostgreSQL, all four of its services in one process. */
export function temporalClusterPart(
  paths: HomePaths,
  stack: StackState,
  programs: ClusterPrograms,
): PartSpec {
  const { temporal, wish } = stack;
  const root = clusterRoot(paths);
  let tables = false;
  return {
    name: 'temporal',
    log: path.join(paths.logs, 'temporal.log'),
    stopSignal: 'SIGTERM',
    graceMs: 30_000,
    find: () => findByCommand(clusterMark(root)),

    async prepare() {
      const asked = { what: 'Temporal', key: 'stack.temporalPort', configured: wish.temporalPort };
      temporal.port = await stackPort(stack, 'temporal', { ...asked, last: temporal.port });
      temporal.address = `127.0.0.1:${temporal.port}`;
      temporal.innerPorts = await innerPorts(stack, temporal.port);
      if (!tables) await ensureTemporalDatabases(paths, stack.postgres.port, programs);
      tables = true;
      const ports = [temporal.port, ...temporal.innerPorts];
      writeServerConfig({ root, postgresPort: stack.postgres.port, ports });
      temporal.sees = String(stack.postgres.port);
      return {
        command: programs.server,
        args: clusterArguments(root),
        env: {
          PATH: process.env.PATH,
          HOME: paths.temporal,
          [PASSWORD_VARIABLE]: databasePassword(paths),
        },
        cwd: root,
      };
    },

    async ready(signal) {
      while (!signal.aborted) {
        try {
          const connection = await Connection.connect({ address: temporal.address, connectTimeout: 1_000 });
          try {
            await ensureNamespace(connection, temporal.namespace);
            return await ensureSearchAttributes(connection, temporal.namespace);
          } finally {
            await connection.close();
          }
        } catch {
          await sleep(100, undefined, { signal }); // not yet
        }
      }
    },
  };
}

/** The same as the last time wherever they are free: the services remember each other's for a while. */
async function innerPorts(stack: StackState, frontend: number): Promise<number[]> {
  const taken = new Set([frontend, stack.postgres.port]);
  const ports: number[] = [];
  for (let index = 0; index < PORTS_NEEDED - 1; index += 1) {
    const last = stack.temporal.innerPorts?.[index];
    const wish = { what: "Temporal's services", key: 'stack.temporalPort', from: FIRST_INNER_PORT, last };
    const port = await choosePort(wish, taken, claimPort);
    taken.add(port);
    ports.push(port);
  }
  return ports;
}
