import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { ProposalView, RunDocument } from '../../schemas/run';
import { BARE_QUEUE, withBareWorker } from './bare-worker';
import { onStack } from './on-stack';
import { atMost, median, type BenchRow } from './rows';

const TURNS = 9;

/**
 * The engine's own time for a one-table goal on the product's own stack, beside a bare workflow that calls as many
 * activities that do nothing, on the same server, in turns. Taken from the histories' timestamps; left out are making
 * the shadow and the time until the approval was sent.
 */
export function run(): Promise<BenchRow[]> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  return onStack(async (client, stack, directory) => {
    writeFileSync(join(directory, 'people.csv'), 'id,name\n1,ann\n2,bob\n3,eve\n');
    const first = await oneTable(client, stack.worker.taskQueue, 0);
    const ours: number[] = [];
    const bare: number[] = [];
    await withBareWorker(stack, async () => {
      await bareRun(client, first.activities, 0);
      for (let turn = 1; turn <= TURNS; turn++) {
        ours.push((await oneTable(client, stack.worker.taskQueue, turn)).ms);
        bare.push(await bareRun(client, first.activities, turn));
      }
    });
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
        median(ours) - median(bare),
        'ms',
        400,
        `median of ${TURNS}: ${Math.round(median(ours))} ms beside ${Math.round(median(bare))} ms for ${first.activities} bare activities`,
      ),
    ];
  });
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
