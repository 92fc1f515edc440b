import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { StackState } from '../../runtime/stack-file';
import type { DecideInput, RunRequest } from '../../schemas/life';
import { tuningOf } from '../../workers/tuning';
import { inTurns, onStack } from './on-stack';
import { atMost, median, type BenchRow } from './rows';
import { idleOrWaiting, startSchedules } from './schedules';

const WAITING = Number(process.env.SLUICE_BENCH_WAITING ?? 1_000);
const DECISIONS = 200;
/** How long schedules fire beside the runs that wait. */
const MINUTES = Number(process.env.SLUICE_BENCH_MINUTES ?? 3);
const MB = 1024 * 1024;

/** Operating at size, on the product's own stack: a thousand runs wait at their gates, schedules fire, decisions come in. */
export function run(): Promise<BenchRow[]> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  return onStack(gates);
}

/**
 * The product's workflow code and worker settings in this process, with stand-ins for the activities before the gate:
 * a thousand rehearsals would measure how fast PostgreSQL makes databases. Half of the runs do not fit into the cache,
 * so half of the decisions have a history read again.
 */
async function gates(client: Client, stack: StackState): Promise<BenchRow[]> {
  const taskQueue = 'bench-gates';
  const connection = await NativeConnection.connect({ address: stack.temporal.address });
  const { limits, maxCachedWorkflows } = tuningOf({});
  const worker = await Worker.create({
    connection,
    namespace: stack.temporal.namespace,
    taskQueue,
    workflowBundle: { codePath: join(__dirname, '../../dist/workflow-bundle.js') },
    activities: {
      ...idleOrWaiting(),
      decide: ({ decision }: DecideInput) =>
        Promise.resolve({ counted: true, voter: { by: decision.by, verified: false, roles: [] } }),
      record: () => Promise.resolve(),
    },
    maxCachedWorkflows,
    maxConcurrentActivityTaskExecutions: limits.light,
  });
  const running = worker.run();
  const ids = Array.from({ length: WAITING }, (_, index) => `waits-${index}`);
  const started = Date.now();
  await inTurns(ids, 8, async (runId) => {
    const request: RunRequest = { sluice: 'run', runId, bundle: 'b', mode: 'apply', by: 'bench' };
    await client.workflow.start('goal', { taskQueue, workflowId: runId, args: [request] });
  });
  await countOf(client, WAITING);
  const minutes = (Date.now() - started) / 60_000;
  const rss = process.memoryUsage().rss / MB;
  const schedules = await startSchedules(client, taskQueue);
  const latencies: number[] = [];
  // Spread over all of them: old ones, which are out of the cache, and new ones.
  const some = ids.filter((_, index) => index % Math.ceil(WAITING / DECISIONS) === 0);
  // One after the other over all the minutes in which schedules fire.
  const pauseMs = (2 * MINUTES * 60_000) / some.length;
  await inTurns(some, 2, async (workflowId) => {
    await sleep(pauseMs);
    const sent = performance.now();
    await client.workflow.getHandle(workflowId).executeUpdate('decide', {
      args: [{ verdict: 'reject', digest: 'd'.repeat(64), by: 'bench', via: 'cli' }],
    });
    latencies.push(performance.now() - sent);
  });
  const after = process.memoryUsage().rss / MB;
  const fired = await schedules.end();
  worker.shutdown();
  await running;
  await connection.close();
  latencies.sort((a, b) => a - b);
  const p95 = latencies[Math.floor(latencies.length * 0.95)]!;
  const how = `${WAITING} runs of five steps at their gates on one worker that caches ${maxCachedWorkflows}, there within ${minutes.toFixed(1)} min`;
  return [
    ...fired,
    atMost(
      `worker with ${WAITING} runs waiting`,
      Math.max(rss, after),
      'MB',
      800,
      `resident size, also while 50 schedules a minute fire; ${how}`,
    ),
    atMost(
      'decision acted on, 95th percentile',
      p95,
      'ms',
      2_000,
      `${latencies.length} decisions, two at a time, from sent to answered; median ${Math.round(median(latencies))} ms; ${how}`,
    ),
  ];
}

async function countOf(client: Client, wanted: number): Promise<void> {
  for (;;) {
    const { count } = await client.workflow.count(`SluiceStatus = 'waiting'`);
    if (count >= wanted) return;
    await sleep(200);
  }
}
