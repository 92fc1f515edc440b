import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { down } from '../../runtime/stack/down';
import { up } from '../../runtime/stack/up';
import type { ProposalView, RunDocument } from '../../schemas/run';
import { atMost, median, type BenchRow } from './rows';

const TURNS = 9;
const BARE_QUEUE = 'bench-bare';

/**
 * The engine's own time for a one-table goal on the product's own stack, beside a bare workflow that calls as many
 * activities that do nothing, on the same server, in turns. Taken from the histories' timestamps; left out are making
 * the shadow and the time until the approval was sent.
 */
export async function run(): Promise<BenchRow[]> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-engine-'));
  const home = join(directory, '.sluice');
  const stack = await up({
    home,
    cwd: directory,
    worker: join(__dirname, '../../dist/workers/main.js'),
    supervisor: join(__dirname, '../../dist/runtime/supervisor/main.js'),
  });
  const { address, namespace } = stack.temporal;
  const connection = await Connection.connect({ address });
  const nativeConnection = await NativeConnection.connect({ address });
  try {
    const client = new Client({ connection, namespace });
    writeFileSync(join(directory, 'people.csv'), 'id,name\n1,ann\n2,bob\n3,eve\n');
    const first = await oneTable(client, stack.worker.taskQueue, 0);
    const bareWorker = await Worker.create({
      connection: nativeConnection,
      namespace,
      taskQueue: BARE_QUEUE,
      workflowBundle: await bundleWorkflowCode({
        workflowsPath: join(__dirname, 'bare-workflow.ts'),
        logger,
      }),
      activities: { nothing: () => Promise.resolve() },
    });
    const running = bareWorker.run();
    const ours: number[] = [];
    const bare: number[] = [];
    await bareRun(client, first.activities, 0);
    for (let turn = 1; turn <= TURNS; turn++) {
      ours.push((await oneTable(client, stack.worker.taskQueue, turn)).ms);
      bare.push(await bareRun(client, first.activities, turn));
    }
    bareWorker.shutdown();
    await running;
    const difference = median(ours) - median(bare);
    return [
      atMost(
        'activities of a one-table goal',
        first.activities,
        '',
        14,
        'ActivityTaskScheduled events in its history',
      ),
      atMost(
        'engine time of a one-table goal, beyond a bare workflow',
        difference,
        'ms',
        400,
        `median of ${TURNS}: ${Math.round(median(ours))} ms beside ${Math.round(median(bare))} ms for ${first.activities} bare activities`,
      ),
    ];
  } finally {
    await connection.close();
    await nativeConnection.close();
    await down({ home });
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Measured {
  ms: number;
  activities: number;
}

async function oneTable(client: Client, taskQueue: string, turn: number): Promise<Measured> {
  const goal = {
    apiVersion: 'sluice/v1',
    goal: `bench-${turn}`,
    steps: [{ id: 'load', ingest: { from: { files: 'people.csv' }, into: `bench_${turn}.people` } }],
  };
  const handle = await client.workflow.start('goal', {
    taskQueue,
    workflowId: `bench-${turn}-${Date.now()}`,
    args: [goal],
  });
  let proposal: ProposalView | null = null;
  for (;;) {
    const { status, error } = await handle.query<RunDocument>('status');
    if (error) throw new Error(JSON.stringify(error));
    if (status === 'waiting') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  proposal = await handle.query<ProposalView | null>('proposal');
  await handle.executeUpdate('decide', {
    args: [{ verdict: 'approve', digest: proposal!.digest, by: 'bench', via: 'cli' }],
  });
  await handle.result();
  return measure((await handle.fetchHistory()).events ?? []);
}

type Event = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']
>[number];

function timeOf(event: Event): number {
  return Number(event.eventTime!.seconds) * 1_000 + (event.eventTime!.nanos ?? 0) / 1e6;
}

function measure(events: Event[]): Measured {
  const scheduled = new Map<string, string>();
  const startedAt = new Map<string, number>();
  let shadow = 0;
  let sealedAt = 0;
  let decidedAt = 0;
  for (const event of events) {
    const at = timeOf(event);
    if (event.activityTaskScheduledEventAttributes) {
      scheduled.set(String(event.eventId), event.activityTaskScheduledEventAttributes.activityType!.name!);
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started) startedAt.set(String(started.scheduledEventId), at);
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) {
      const id = String(completed.scheduledEventId);
      if (scheduled.get(id) === 'openShadow') shadow = at - startedAt.get(id)!;
      if (scheduled.get(id) === 'seal') sealedAt = at;
    }
    if (event.workflowExecutionUpdateAcceptedEventAttributes) decidedAt = at;
  }
  const total = timeOf(events.at(-1)!) - timeOf(events[0]!);
  return { ms: total - shadow - (decidedAt - sealedAt), activities: scheduled.size };
}

async function bareRun(client: Client, activities: number, turn: number): Promise<number> {
  const handle = await client.workflow.start('bare', {
    taskQueue: BARE_QUEUE,
    workflowId: `bare-${turn}-${Date.now()}`,
    args: [activities],
  });
  await handle.result();
  const events = (await handle.fetchHistory()).events ?? [];
  return timeOf(events.at(-1)!) - timeOf(events[0]!);
}
