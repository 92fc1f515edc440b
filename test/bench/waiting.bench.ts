import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities';
import type { RunRequest } from '../../schemas/life';
import { startTestTemporal } from '../support/temporal-server';
import { atMost, type BenchRow } from './rows';

const WAITING = 500;
const WARM = 50;
const MB = 1024 * 1024;

/** What a run that waits at its gate costs the worker that caches it, and how big the workflow code is. */
export async function run(): Promise<BenchRow[]> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '../../workflows/index.ts'),
    workflowInterceptorModules: [join(__dirname, '../../workflows/interceptors.ts')],
    failureConverterPath: join(__dirname, '../../workflows/failure-converter.ts'),
    logger,
  });
  const code = bundle.code.lastIndexOf('//# sourceMappingURL');
  const server = await startTestTemporal(mkdtempSync(join(tmpdir(), 'sluice-bench-')));
  try {
    const perRun = await memoryPerRun(server, bundle);
    return [
      atMost(
        'workflow code without source map',
        (code < 0 ? bundle.code.length : code) / 1024,
        'KB',
        900,
        'bundleWorkflowCode of workflows/index.ts',
      ),
      atMost(
        'worker memory per waiting run',
        perRun / MB,
        'MB',
        0.6,
        `resident size of the worker process, ${WAITING} runs cached at their gates`,
      ),
    ];
  } finally {
    await server.stop();
  }
}

async function memoryPerRun(
  server: { address: string; namespace: string },
  workflowBundle: { code: string },
): Promise<number> {
  const nativeConnection = await NativeConnection.connect({ address: server.address });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection, namespace: server.namespace });
  const taskQueue = 'bench-waiting';
  const worker = await Worker.create({
    connection: nativeConnection,
    namespace: server.namespace,
    taskQueue,
    workflowBundle,
    activities: waitingActivities(),
    maxCachedWorkflows: 2 * WAITING,
  });
  const running = worker.run();
  const start = async (from: number, count: number): Promise<void> => {
    for (let index = from; index < from + count; index++) {
      const request: RunRequest = {
        sluice: 'run',
        runId: `waiting-${index}`,
        bundle: 'b',
        mode: 'apply',
        by: 'bench',
      };
      await client.workflow.start('goal', { taskQueue, workflowId: `waiting-${index}`, args: [request] });
    }
    await allWaiting(client, from + count);
  };
  await start(0, WARM);
  const before = await settledSize();
  await start(WARM, WAITING);
  const after = await settledSize();
  worker.shutdown();
  await running;
  await connection.close();
  await nativeConnection.close();
  return (after - before) / WAITING;
}

async function allWaiting(client: Client, count: number): Promise<void> {
  for (;;) {
    const { count: waiting } = await client.workflow.count(`SluiceStatus = 'waiting'`);
    if (waiting >= count) return;
    await sleep(200);
  }
}

async function settledSize(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    (globalThis as { gc?: () => void }).gc?.();
    await sleep(500);
  }
  return process.memoryUsage().rss;
}

/** A goal of five steps with texts as long as the workflow keeps them. */
export function waitingActivities(): Partial<Activities> {
  const steps = ['a', 'b', 'c', 'd', 'e'];
  const change = (step: string) => ({
    ref: 'f'.repeat(64),
    id: `run.${step}.12345678`,
    step,
    kind: 'ingest',
    title: `append 31 files into raw.${step}`,
    risk: 'additive' as const,
    noop: false,
    reads: [],
    writes: [`raw.${step}`],
  });
  const digest = 'd'.repeat(64);
  const gate = {
    name: 'approval',
    approvers: 1,
    reason: 'adds data',
    confirm: [],
    localOverride: true,
    deadlineMs: 86_400_000,
  };
  const text = 'create table raw.t (a text);\n'.repeat(35).slice(0, 1_000);
  const changes = steps.map((step) => ({ ...change(step), lossy: [], apply: text, undo: text }));
  return {
    admit: ({ runId }) =>
      Promise.resolve({
        run: { runId, goal: 'bench', bundle: 'b' },
        mode: 'apply' as const,
        by: 'bench',
        owner: 'bench',
        warehouse: 'local',
        onFailure: 'undo' as const,
        deadlineMs: 86_400_000,
        steps: steps.map((id) => ({ id, kind: 'ingest', needs: [] })),
      }),
    openShadow: () => Promise.resolve({ gaps: [] }),
    dropShadow: () => Promise.resolve(),
    propose: ({ step }) => Promise.resolve(change(step)),
    rehearse: () => Promise.resolve({ whole: true, checks: [], sampled: [], gaps: [] }),
    closeShadow: () =>
      Promise.resolve({ status: 'proven' as const, undoProven: true, checks: [], covers: [], gaps: [] }),
    seal: () =>
      Promise.resolve({
        digest,
        proposal: 'p',
        gate,
        waits: true,
        view: { digest, proposal: 'p', gate, rehearsal: 'proven' as const, changes },
      }),
  };
}
