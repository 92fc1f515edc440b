import type { ActivityInterceptorsFactory, RuntimeOptions } from '@temporalio/worker';
import type { Log } from '../activities/services';
import { fail } from '../schemas/errors';
import type { StoreDb } from '../store/database';
import { activityMetrics } from './metrics/activity-metrics';
import { createInstruments, type Instruments } from './metrics/instruments';
import { type MetricsServer, serveMetrics } from './metrics/server';
import { registerStoreValues } from './metrics/store-values';
import { freePort, temporalMetrics } from './metrics/temporal-metrics';

/** Milliseconds the store has to answer for the worker to count as ready. */
const READY_MS = 2_000;

/** What others see of this worker process: metrics, and whether it lives and takes work. */
export interface Observation {
  readonly instruments: Instruments;
  /** Part of `Runtime.install`: where the SDK's core shows its own metrics, on loopback, for us to pass on. */
  readonly telemetry: Pick<NonNullable<RuntimeOptions['telemetryOptions']>, 'metrics'>;
  readonly activityInterceptor: ActivityInterceptorsFactory;
  /** Starts to serve. A port that is taken is logged: no metrics are better than no worker. */
  serve(db: StoreDb, log: Log, isWorking: () => boolean): Promise<MetricsServer | undefined>;
}

/** `bind`: `host:port` from SLUICE_METRICS_BIND; without it nothing is measured by the core and nothing is served. */
export async function prepareObservation(bind: string | undefined, build: string): Promise<Observation> {
  const instruments = createInstruments(build);
  const where = bind === undefined || bind === '' ? undefined : addressOf(bind);
  const corePort = where ? await freePort() : 0;
  return {
    instruments,
    telemetry: where ? { metrics: { prometheus: { bindAddress: `127.0.0.1:${corePort}` } } } : {},
    activityInterceptor: activityMetrics(instruments),
    async serve(db, log, isWorking) {
      if (!where) return undefined;
      registerStoreValues(instruments.registry, db);
      try {
        const server = await serveMetrics({
          ...where,
          // The families of the two are apart: `temporal_…` and `sluice_…`, `process_…`, `nodejs_…`.
          metrics: async () =>
            (await Promise.all([instruments.registry.metrics(), temporalMetrics(corePort)])).join('\n'),
          notReady: () => notReady(db, isWorking),
        });
        log.info({ host: where.host, port: server.port }, 'metrics are served');
        return server;
      } catch (cause) {
        log.warn({ bind, cause: String(cause) }, 'metrics are not served');
        return undefined;
      }
    },
  };
}

async function notReady(db: StoreDb, isWorking: () => boolean): Promise<string | undefined> {
  if (!isWorking()) return 'the worker does not take work';
  const asked = db.selectFrom('run').select('run_id').limit(1).execute();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException('no answer', 'TimeoutError')), READY_MS);
  });
  return Promise.race([asked, late])
    .then(
      () => undefined,
      () => 'the store does not answer',
    )
    .finally(() => clearTimeout(timer));
}

/** `127.0.0.1:9464`, `0.0.0.0:9464`, `[::]:9464`. Throws `usage`. */
function addressOf(bind: string): { host: string; port: number } {
  const match = /^\[?([^\]]*?)\]?:(\d{1,5})$/.exec(bind);
  if (match && Number(match[2]) <= 65_535) return { host: match[1] || '127.0.0.1', port: Number(match[2]) };
  throw fail('usage', `SLUICE_METRICS_BIND is not an address: ${bind}.`, {
    next: 'Give host and port, e.g. 127.0.0.1:9464, or leave it out to serve no metrics.',
  });
}
