import { Connection } from '@temporalio/client';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HomePaths } from '../home';
import { findByCommand } from '../process-search';
import type { StackState } from '../stack-file';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { temporalMark, temporalServerArguments } from '../temporal/server';
import type { PartSpec } from './part';
import { stackPort } from './stack-ports';

export function temporalPart(paths: HomePaths, stack: StackState, binary: string): PartSpec {
  const dbFile = path.join(paths.temporal, 'temporal.db');
  const { temporal, wish } = stack;
  return {
    name: 'temporal',
    log: path.join(paths.logs, 'temporal.log'),
    stopSignal: 'SIGTERM',
    graceMs: 15_000,
    find: () => findByCommand(temporalMark(dbFile)),

    async prepare() {
      const [portKey, uiKey] = ['stack.temporalPort', 'stack.uiPort'];
      const port = { what: 'Temporal', key: portKey, configured: wish.temporalPort, last: temporal.port };
      temporal.port = await stackPort(stack, 'temporal', port);
      const ui = { what: "Temporal's web UI", key: uiKey, configured: wish.uiPort, last: temporal.uiPort };
      temporal.uiPort = await stackPort(stack, 'ui', ui);
      temporal.address = `127.0.0.1:${temporal.port}`;
      const args = temporalServerArguments({ port: temporal.port, uiPort: temporal.uiPort, dbFile });
      return {
        command: binary,
        args,
        env: { PATH: process.env.PATH, HOME: paths.temporal },
        cwd: paths.temporal,
      };
    },

    async ready(signal) {
      while (!signal.aborted) {
        try {
          const connection = await Connection.connect({ address: temporal.address, connectTimeout: 1_000 });
          try {
            return await ensureSearchAttributes(connection, temporal.namespace);
          } finally {
            await connection.close();
          }
        } catch {
          await sleep(50, undefined, { signal }); // not yet
        }
      }
    },
  };
}
