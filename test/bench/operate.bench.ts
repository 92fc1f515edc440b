import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { down } from '../../runtime/stack/down';
import { up } from '../../runtime/stack/up';
import type { StackState } from '../../runtime/stack-file';
import type { DecideInput, RunRequest } from '../../schemas/life';
import { tuningOf } from '../../workers/tuning';
import { atMost, median, type BenchRow } from './rows';
import { waitingActivities } from './waiting.bench';

const WAITING = Number(process.env.SLUICE_BENCH_WAITING ?? 1_000);
const DECISIONS = 200;
const SMALL = 60;
const MB = 1024 * 1024;
const AT_ONCE = 10;
const BARE_QUEUE = 'bench-bare';

/**
 * Operating at size, on the product's own stack: a thousand runs wait at their gates, then decisions come in; and how many small goals a second it does beside a bare workflow with as many activities that do nothing.
 */
export async function run(): Promise<BenchRow[]> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-operate-'));
  const home = join(directory, '.sluice');
  const stack = await up({
    home,
    cwd: directory,
    worker: join(__dirname, '../../dist/workers/main.js'),
    supervisor: join(__dirname, '../../dist/runtime/supervisor/main.js'),
  });
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = new Client({ connection, namespace: stack.temporal.namespace });
  try {
    const waiting = await gates(client, stack);
    const throughput = await smallGoals(client, stack);
    return [...waiting, ...throughput];
  } finally {
    await connection.close();
    await down({ home });
    rmSync(directory, { recursive: true, force: true });
  }
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
      ...waitingActivities(),
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
  const latencies: number[] = [];
  // Spread over all of them: old ones, which are out of the cache, and new ones.
  const some = ids.filter((_, index) => index % Math.ceil(WAITING / DECISIONS) === 0);
  await inTurns(some, 2, async (workflowId) => {
    const sent = performance.now();
    await client.workflow.getHandle(workflowId).executeUpdate('decide', {
      args: [{ verdict: 'reject', digest: 'd'.repeat(64), by: 'bench', via: 'cli' }],
    });
    latencies.push(performance.now() - sent);
  });
  const after = process.memoryUsage().rss / MB;
  worker.shutdown();
  await running;
  await connection.close();
  latencies.sort((a, b) => a - b);
  const p95 = latencies[Math.floor(latencies.length * 0.95)]!;
  const how = `${WAITING} runs of five steps at their gates on one worker that caches ${maxCachedWorkflows}, there within ${minutes.toFixed(1)} min`;
  return [
    atMost(`worker with ${WAITING} runs waiting`, Math.max(rss, after), 'MB', 800, `resident size; ${how}`),
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

/** A check of one statement: it only looks, so nobody is asked and nothing is rehearsed. */
const small = (index: number): object => ({
  apiVersion: 'sluice/v1',
  goal: `small-${index}`,
  steps: [{ id: 'sane', check: { sql: 'select 1 where false' } }],
});

async function smallGoals(client: Client, stack: StackState): Promise<BenchRow[]> {
  const { taskQueue } = stack.worker;
  const round = async (
    name: string,
    start: (id: string, index: number) => Promise<unknown>,
  ): Promise<number> => {
    const begun = performance.now();
    await inTurns(
      Array.from({ length: SMALL }, (_, index) => `${name}-${index}`),
      AT_ONCE,
      start,
    );
    return SMALL / ((performance.now() - begun) / 1_000);
  };
  const ours = (turn: number): Promise<number> =>
    round(`small-${turn}`, async (workflowId, index) =>
      client.workflow.execute('goal', { taskQueue, workflowId, args: [small(index)] }),
    );
  await ours(0);
  const history = await client.workflow.getHandle('small-0-0').fetchHistory();
  const activities = (history.events ?? []).filter(
    (event) => event.activityTaskScheduledEventAttributes,
  ).length;

  const native = await NativeConnection.connect({ address: stack.temporal.address });
  const worker = await Worker.create({
    connection: native,
    namespace: stack.temporal.namespace,
    taskQueue: BARE_QUEUE,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: join(__dirname, 'bare-workflow.ts'),
      logger: new DefaultLogger('ERROR'),
    }),
    activities: { nothing: () => Promise.resolve() },
  });
  const running = worker.run();
  const bare = (turn: number): Promise<number> =>
    round(`bare-${turn}`, (workflowId) =>
      client.workflow.execute('bare', { taskQueue: BARE_QUEUE, workflowId, args: [activities] }),
    );
  await bare(0);
  const [mine, theirs]: number[][] = [[], []];
  for (let turn = 1; turn <= 5; turn += 1) {
    mine!.push(await ours(turn));
    theirs!.push(await bare(turn));
  }
  worker.shutdown();
  await running;
  await native.close();
  const ratio = median(mine!) / median(theirs!);
  return [
    {
      name: 'throughput of small goals ÷ bare workflow',
      value: ratio,
      unit: '',
      // The bar of this one is from below: at least 0.7.
      ok: ratio >= 0.7,
      detail: `at least 0.7; ${AT_ONCE} at once, ${activities} activities each: ${median(mine!).toFixed(1)} and ${median(theirs!).toFixed(1)} a second, medians of 5, taking turns`,
    },
  ];
}

async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await work(items[index]!, index);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
