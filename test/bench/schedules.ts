import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ScheduleHandle } from '@temporalio/client';
import type { Activities } from '../../activities';
import type { RunRequest } from '../../schemas/life';
import { atMost, median, type BenchRow } from './rows';
import { waitingActivities } from './waiting.bench';

const SCHEDULES = 50;
const EVERY_MS = 60_000;
const IDLE = 'idle';

/** The same activities, and for goals of the bundle `idle` those of a run that finds nothing new: one look, no gate. */
export function idleOrWaiting(): Partial<Activities> {
  const waiting = waitingActivities() as Activities;
  return {
    ...waiting,
    admit: async (input) => {
      const admitted = await waiting.admit(input);
      const idle = (input.request as RunRequest).bundle === IDLE;
      return idle
        ? { ...admitted, run: { ...admitted.run, bundle: IDLE }, steps: admitted.steps.slice(0, 1) }
        : admitted;
    },
    propose: async (input) => {
      const change = await waiting.propose(input);
      return input.run.bundle === IDLE ? { ...change, noop: true, writes: [] } : change;
    },
    seal: async (input) => {
      const sealed = await waiting.seal(input);
      return input.run.bundle === IDLE ? { ...sealed, gate: { ...sealed.gate, approvers: 0 } } : sealed;
    },
  };
}

export interface Schedules {
  /** Takes them away; how many runs were due and what came of them. */
  end(): Promise<BenchRow[]>;
}

/** Fifty schedules, one run a minute each, spread over the minute. */
export async function startSchedules(client: Client, taskQueue: string): Promise<Schedules> {
  const started = Date.now();
  const request: RunRequest = { sluice: 'run', bundle: IDLE, mode: 'apply', by: 'schedule bench' };
  const handles: ScheduleHandle[] = [];
  for (let index = 0; index < SCHEDULES; index += 1) {
    handles.push(
      await client.schedule.create({
        scheduleId: `idle-${index}`,
        spec: { intervals: [{ every: EVERY_MS, offset: Math.floor((index * EVERY_MS) / SCHEDULES) }] },
        action: {
          type: 'startWorkflow',
          workflowType: 'goal',
          workflowId: `idle-${index}`,
          taskQueue,
          args: [request],
        },
      }),
    );
  }
  return {
    async end() {
      const minutes = (Date.now() - started) / EVERY_MS;
      for (const handle of handles) await handle.delete();
      await sleep(3_000);
      return [...(await outcome(client, minutes))];
    },
  };
}

async function outcome(client: Client, minutes: number): Promise<BenchRow[]> {
  const lags: number[] = [];
  let open = 0;
  for await (const { status, closeTime, searchAttributes } of client.workflow.list({
    query: `TemporalScheduledById STARTS_WITH 'idle-'`,
  })) {
    const due = (searchAttributes.TemporalScheduledStartTime as unknown as Date[] | undefined)?.[0];
    if (status.name !== 'COMPLETED' || !closeTime || !due) open += 1;
    else lags.push(closeTime.getTime() - due.getTime());
  }
  lags.sort((a, b) => a - b);
  const rate = lags.length / minutes;
  const how = `${lags.length} runs that found nothing new in ${minutes.toFixed(1)} min, ${open} not ended; beside the runs that wait`;
  return [
    // A schedule made late in its own minute fires one time less.
    { ...atMost('schedules a minute not fired', Math.max(0, SCHEDULES - rate), '', 2, how) },
    atMost(
      'scheduled run, from due to ended, 95th percentile',
      lags[Math.floor(lags.length * 0.95)] ?? Number.POSITIVE_INFINITY,
      'ms',
      2_000,
      `median ${Math.round(median(lags))} ms; ${how}`,
    ),
  ];
}
