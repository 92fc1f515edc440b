import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { stringify } from 'yaml';
import { runCli } from '../../../client/cli/run';
import { dataConverterFor } from '../../../governance/codec/data-converter';
import type { Services } from '../../../activities/services';
import { workerPlace } from '../../../workers/place';
import { createServices } from '../../../workers/services';
import { createWorker } from '../../../workers/worker';
import { testDatabase } from '../../support/postgres';
import { testTemporal } from '../../support/temporal';
import { workflowBundle } from '../../workflows/scripted';
import { surroundings } from './surroundings';

export interface Remote {
  root: string;
  /** The configuration that the worker and the commands read, as it was written. */
  config: Record<string, unknown>;
  taskQueue: string;
  address: string;
  /** URL of the store, and of the database `local` as its owner. */
  storeUrl: string;
  warehouseUrl: string;
  write(name: string, text: string): string;
  /** Changes the configuration that commands read. */
  configure(change: Record<string, unknown>): void;
  /** A command with `--json`. */
  sluice(
    args: string[],
    env?: NodeJS.ProcessEnv,
  ): Promise<{ code: number; json: Record<string, unknown>; stderr: string }>;
  close(): Promise<void>;
}

/**
 * A worker and commands without a stack of their own: Temporal, store and warehouse are where the configuration says,
 * as in a cluster. `more` is added to the configuration, `secrets` to the environment of both.
 */
export async function remote(
  more: Record<string, unknown> = {},
  secrets: Record<string, string> = {},
): Promise<Remote> {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'sluice-remote-')));
  const [store, warehouse, { address, namespace }] = await Promise.all([
    testDatabase('remote_store', { ledger: false }),
    testDatabase('remote'),
    testTemporal(),
  ]);
  const { host, port, password } = store;
  const taskQueue = `remote-${randomUUID()}`;
  const config = {
    temporal: { address, namespace, taskQueue },
    encryption: 'off',
    store: { host, port, database: store.database, user: 'sluice_writer', password: 'secret://database' },
    connections: {
      local: {
        ...{ kind: 'postgres', host, port, database: warehouse.database },
        ...{ readUser: 'sluice_reader', readPassword: 'secret://database' },
        ...{ writeUser: 'sluice_writer', writePassword: 'secret://database' },
        shadow: {
          ...{ adminUser: 'postgres', adminPassword: 'secret://database' },
          ...{ rehearsalUser: 'sluice_rehearsal', rehearsalPassword: 'secret://database' },
        },
      },
    },
    ...more,
  };
  writeFileSync(path.join(root, 'sluice.config.yaml'), stringify(config));
  const env = { SLUICE_HOME: path.join(root, '.sluice'), SLUICE_SECRET_DATABASE: password, ...secrets };
  const { services, worker, connection } = await start(env, root);
  const running = worker.run();
  return {
    ...{ root, config, taskQueue, address, storeUrl: store.url, warehouseUrl: warehouse.url },
    write(name, text) {
      const file = path.join(root, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    configure(change) {
      writeFileSync(path.join(root, 'sluice.config.yaml'), stringify({ ...config, ...change }));
    },
    async sluice(args, more = {}) {
      const one = { ...surroundings(), cwd: root, env: { ...env, NO_COLOR: '1', ...more } };
      const code = await runCli([...args, '--json'], one);
      const { stdout, stderr } = one.output();
      return { code, stderr, json: JSON.parse(stdout) as Record<string, unknown> };
    },
    async close() {
      worker.shutdown();
      await running;
      await connection.close();
      await services.close();
      await Promise.all([store.drop(), warehouse.drop()]);
      rmSync(root, { recursive: true });
    },
  };
}

async function start(
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<{ services: Services; worker: Worker; connection: NativeConnection }> {
  const { reach, resolveSecret, project, local } = workerPlace(env, cwd);
  const nothing = (): void => undefined;
  const services = await createServices({
    storeUrl: await reach.storeUrl(resolveSecret),
    ...(local ? { local } : {}),
    ...{ project, resolveSecret },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  });
  const connection = await NativeConnection.connect(await reach.login(resolveSecret));
  const dataConverter = await dataConverterFor(project.config, reach.temporal, resolveSecret);
  const { namespace, taskQueue } = reach.temporal;
  const worker = await createWorker({
    ...{ connection, namespace, taskQueue, services, dataConverter },
    workflowBundle: await workflowBundle(),
  });
  return { services, worker, connection };
}
