import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { ownPolicy } from '../governance/policy/own';
import { dataConverterFor } from '../governance/codec/data-converter';
import { rememberSecret, scrub } from '../governance/redact';
import { withoutOwn } from '../governance/secrets';
import { shortBuildId } from '../runtime/build';
import { isTraced, startTracing } from '../runtime/tracing/start';
import { queuesBeside } from '../schemas/queues';
import { registerAttributes } from './attributes';
import { startHomeRecorder } from './home-recorder';
import { createLog } from './log';
import { startNotices } from './notices';
import { prepareObservation } from './observe';
import { workerPlace } from './place';
import { createPool } from './pool';
import { createServices } from './services';
import { activityTracing } from './tracing';
import { tuningOf } from './tuning';

/**
 * The worker process, of a stack (its home is in SLUICE_HOME) or of a cluster (its configuration is in SLUICE_CONFIG):
 * connects, and works until it is told to stop (SIGTERM, SIGINT), finishing what is quick. Whoever started it, the
 * supervisor or the cluster, starts it again when it dies.
 */
export async function runWorker(): Promise<void> {
  const log = createLog('sluice-worker');
  const tracing = isTraced(process.env) ? startTracing('sluice-worker', shortBuildId()) : undefined;
  const place = workerPlace();
  const observation = await prepareObservation(process.env.SLUICE_METRICS_BIND, shortBuildId());
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      log[level === 'ERROR' ? 'error' : 'warn']({ temporal: meta }, message);
    }),
    telemetryOptions: {
      logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} },
      ...observation.telemetry,
    },
    // The signals are handled below, so that what the worker opened is closed after it has stopped.
    shutdownSignals: [],
  });
  const { home, resolveSecret, resolveOwn, reach, project, local } = place;
  const forGoals = withoutOwn(resolveSecret, project.config);
  const { address, namespace, taskQueue } = reach.temporal;
  const tuning = tuningOf(process.env);
  const services = await createServices({
    storeUrl: await reach.storeUrl(resolveSecret),
    ...(local ? { local } : {}),
    project,
    ownPolicy: ownPolicy(process.env.SLUICE_POLICY, project.root),
    resolveSecret: forGoals,
    queues: queuesBeside(taskQueue),
    meter: observation.instruments.meter,
    log,
  });
  const dataConverter = await dataConverterFor(project.config, reach.temporal, resolveSecret);
  const login = await reach.login(resolveSecret);
  if (login.apiKey !== undefined) rememberSecret(login.apiKey);
  const connection = await NativeConnection.connect(login);
  // The embedded server's supervisor has done that.
  if (!reach.temporal.embedded) await registerAttributes(connection, namespace, log);
  const client = new Client({ connection, namespace, ...(dataConverter ? { dataConverter } : {}) });
  const recorder = startHomeRecorder(services, home, { resolveSecret, resolveOwn }, client);
  const activityInterceptors = [...(tracing ? [activityTracing()] : []), observation.activityInterceptor];
  const workers = await createPool({
    ...{ connection, namespace, taskQueue, services, tuning, activityInterceptors, dataConverter },
  });
  const metrics = await observation.serve(services.store.db, log, () => workers.working());
  const notices = startNotices(services, forGoals, observation.instruments, reach.temporal);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      workers.shutdown();
    });
  }
  const { taskQueues } = workers;
  log.info({ address, namespace, taskQueues, version: tuning.deployment?.version }, 'working');
  try {
    await workers.run();
  } finally {
    await metrics?.close();
    await notices.stop();
    await recorder.stop();
    await connection.close();
    await services.close();
    await tracing?.stop();
  }
  log.info({}, 'stopped');
}

// `sluice worker` loads this module and calls it itself.
if (require.main === module) {
  runWorker().catch((cause: unknown) => {
    process.stderr.write(
      `${scrub(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))}\n`,
    );
    // Temporal's native runtime keeps a process alive that does nothing any more; the supervisor starts another one.
    process.exit(1);
  });
}
