import path from 'node:path';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { scrub } from '../governance/redact';
import { secretResolver } from '../governance/secrets';
import { loadConfig } from '../runtime/config';
import { homePaths } from '../runtime/home';
import { postgresUrl } from '../runtime/postgres/roles';
import { rolePasswords } from '../runtime/secrets';
import { readStack } from '../runtime/stack-file';
import { fail } from '../schemas/errors';
import { queuesBeside } from '../schemas/queues';
import type { PostgresWarehouseOptions } from '../warehouses/postgres/options';
import { createLog } from './log';
import { startHomeRecorder } from './home-recorder';
import { createServices } from './services';
import { createPool } from './pool';
import { tuningOf } from './tuning';

/**
 * The worker process of a stack: finds its home in SLUICE_HOME, connects, and works until it is told to stop
 * (SIGTERM, SIGINT), finishing what is quick. The supervisor starts it again when it dies.
 */
async function main(): Promise<void> {
  const log = createLog('sluice-worker');
  const home = process.env.SLUICE_HOME;
  if (home === undefined) {
    throw fail('usage', 'The worker was started without SLUICE_HOME.', {
      next: 'Start it with `sluice up`.',
    });
  }
  const paths = homePaths(home);
  const stack = readStack(paths);
  if (!stack)
    throw fail('service_unreachable', `There is no stack in ${home}.`, {
      next: 'Start one with `sluice up`.',
    });
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      log[level === 'ERROR' ? 'error' : 'warn']({ temporal: meta }, message);
    }),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
    // The signals are handled below, so that what the worker opened is closed after it has stopped.
    shutdownSignals: [],
  });
  const passwords = rolePasswords(paths);
  const { port } = stack.postgres;
  const login = (user: keyof typeof passwords) => ({ user, password: passwords[user] });
  const local: PostgresWarehouseOptions = {
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
  const tuning = tuningOf(process.env);
  const { taskQueue } = stack.worker;
  const configFile = process.env.SLUICE_CONFIG;
  const services = await createServices({
    storeUrl: postgresUrl('sluice_store', passwords.sluice_store, port, 'store'),
    local,
    project: {
      config: loadConfig(configFile),
      root: configFile === undefined ? path.dirname(home) : path.dirname(configFile),
    },
    resolveSecret: secretResolver(home),
    queues: queuesBeside(taskQueue),
    log,
  });
  const recorder = startHomeRecorder(services, paths.home, secretResolver(home));
  const connection = await NativeConnection.connect({ address: stack.temporal.address });
  const { namespace } = stack.temporal;
  const workers = await createPool({ connection, namespace, taskQueue, services, tuning });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      workers.shutdown();
    });
  }
  const { taskQueues } = workers;
  log.info(
    { address: stack.temporal.address, namespace, taskQueues, version: tuning.deployment?.version },
    'working',
  );
  try {
    await workers.run();
  } finally {
    await recorder.stop();
    await connection.close();
    await services.close();
  }
  log.info({}, 'stopped');
}

main().catch((cause: unknown) => {
  process.stderr.write(`${scrub(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))}\n`);
  // Temporal's native runtime keeps a process alive that does nothing any more; the supervisor starts another one.
  process.exit(1);
});
