import { Connection } from '@temporalio/client';
import type { HomePaths } from '../home';
import { existingHome } from '../home';
import { withClient } from '../postgres/connect';
import { postgresUrl } from '../postgres/roles';
import { isRunning } from '../processes';
import { hasSecret, passFile, rolePasswords } from '../secrets';
import type { PartState, StackState, WorkerState } from '../stack-file';
import { readStack } from '../stack-file';
import { isPolled } from '../temporal/pollers';

/** `status --json`; `up --json` ends with the same. */
export interface StatusDocument {
  /** Every part answers: a goal can run. */
  ok: boolean;
  home: string;
  temporal: { address: string | null; namespace: string | null; ui: string | null; pid: number | null };
  /**
   * Open the local warehouse with psql: `url` as the role that writes, `readUrl` as the one that reads. They name the
   * file with the passwords, so that neither a log nor a screen holds one.
   */
  postgres: { url: string | null; readUrl: string | null; pid: number | null };
  /** `metrics`: the page that Prometheus scrapes. */
  worker: { pid: number | null; taskQueue: string | null; metrics: string | null };
  /** Every worker of a cluster, the first one included; otherwise that one. */
  workers: { pid: number | null; ready: boolean; restarts: number; metrics: string | null }[];
  /** Temporal runs on PostgreSQL (`up --cluster`). */
  cluster: boolean;
  supervisor: { pid: number | null };
  /** What is wrong, one sentence each. */
  problems: string[];
}

/** Milliseconds a part may take to answer. */
const ANSWER_MS = 3_000;

/** Asks every part of the stack; fast, and never throws for a part that does not answer. */
export async function status(home: string): Promise<StatusDocument> {
  const paths = existingHome(home);
  const stack = readStack(paths);
  if (!stack) {
    return {
      ok: false,
      home: paths.home,
      temporal: { address: null, namespace: null, ui: null, pid: null },
      postgres: { url: null, readUrl: null, pid: null },
      worker: { pid: null, taskQueue: null, metrics: null },
      workers: [],
      cluster: false,
      supervisor: { pid: null },
      problems: ['The stack was never started here.'],
    };
  }
  const [postgres, [temporal, worker]] = await Promise.all([askPostgres(paths, stack), askTemporal(stack)]);
  const { supervisor } = stack;
  const supervised = isRunning(supervisor);
  const workers = [stack.worker, ...(stack.moreWorkers ?? [])];
  const missing = workers
    .slice(1)
    .flatMap((state, index) =>
      livePid(state) === null && worker === undefined ? [`Worker ${index + 2} is not running.`] : [],
    );
  const problems = [postgres, temporal, worker, ...missing].filter((problem) => problem !== undefined);
  // What answers still serves; but nobody would start it again.
  const unsupervised =
    supervised || problems.length >= 3
      ? []
      : ['The supervisor is not running; nothing that dies comes back.'];
  return {
    ok: problems.length === 0,
    home: paths.home,
    temporal: {
      address: stack.temporal.address,
      namespace: stack.temporal.namespace,
      ui: stack.temporal.uiPort === undefined ? null : `http://127.0.0.1:${stack.temporal.uiPort}`,
      pid: livePid(stack.temporal),
    },
    postgres: {
      url: hasSecret(paths, 'sluice_writer') ? warehouseUrl(paths, stack, 'sluice_writer') : null,
      readUrl: hasSecret(paths, 'sluice_reader') ? warehouseUrl(paths, stack, 'sluice_reader') : null,
      pid: livePid(stack.postgres),
    },
    worker: {
      pid: livePid(stack.worker),
      taskQueue: stack.worker.taskQueue,
      metrics: metricsUrl(stack.worker),
    },
    workers: workers.map((state) => ({
      pid: livePid(state),
      ready: state.ready,
      restarts: state.restarts,
      metrics: metricsUrl(state),
    })),
    cluster: stack.wish.cluster !== undefined,
    supervisor: { pid: supervised ? supervisor.pid : null },
    problems: [...problems, ...unsupervised],
  };
}

function metricsUrl(worker: WorkerState): string | null {
  return worker.metricsPort === undefined || livePid(worker) === null
    ? null
    : `http://127.0.0.1:${worker.metricsPort}/metrics`;
}

const livePid = (part: PartState): number | null => (isRunning(part.process) ? part.process.pid : null);

type WarehouseRole = 'sluice_writer' | 'sluice_reader';

/** Without a password: libpq reads it from the file it names. */
function warehouseUrl(paths: HomePaths, stack: StackState, role: WarehouseRole): string {
  const file = encodeURIComponent(passFile(paths)).replaceAll('%2F', '/');
  return `postgresql://${role}@127.0.0.1:${stack.postgres.port}/warehouse?passfile=${file}`;
}

/** A command line that opens the local warehouse to look, to copy. */
export function psqlCommand(home: string): string {
  const paths = existingHome(home);
  const stack = readStack(paths);
  return stack ? `psql "${warehouseUrl(paths, stack, 'sluice_reader')}"` : 'sluice up';
}

async function askPostgres(paths: HomePaths, stack: StackState): Promise<string | undefined> {
  if (!isRunning(stack.postgres.process)) return 'PostgreSQL is not running.';
  try {
    const { sluice_reader: password } = rolePasswords(paths);
    const url = postgresUrl('sluice_reader', password, stack.postgres.port, 'warehouse');
    await withClient(url, ANSWER_MS, (client) => client.query('select 1'));
    return undefined;
  } catch (error) {
    return `PostgreSQL runs on port ${stack.postgres.port} but does not serve: ${reason(error)}.`;
  }
}

/** What is wrong with Temporal, and with the worker, which is seen through it. */
async function askTemporal({ temporal, worker }: StackState): Promise<[string?, string?]> {
  const dead = isRunning(worker.process) ? undefined : 'The worker is not running.';
  // One that is not ours is asked with credentials that only the worker has.
  if (temporal.port === undefined) return [undefined, dead];
  if (!isRunning(temporal.process))
    return ['Temporal is not running.', dead ?? 'The worker cannot be asked without Temporal.'];
  try {
    const connection = await Connection.connect({ address: temporal.address, connectTimeout: ANSWER_MS });
    try {
      const poller = { since: new Date(worker.startedAt ?? 0), pid: worker.process?.pid };
      const polled = await connection.withDeadline(Date.now() + ANSWER_MS, () =>
        isPolled(connection, temporal.namespace, worker.taskQueue, poller),
      );
      return [
        undefined,
        dead ?? (polled ? undefined : `The worker does not poll the task queue "${worker.taskQueue}".`),
      ];
    } finally {
      await connection.close();
    }
  } catch (error) {
    return [`Temporal runs at ${temporal.address} but does not serve: ${reason(error)}.`, dead];
  }
}

const reason = (error: unknown): string => (error as Error).message.replace(/\.$/, '');
