import {
  ActivityCancellationType,
  type ActivityOptions,
  proxyActivities,
  type RetryPolicy,
} from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { Queues } from '../schemas/queues';

/**
 * What is worth trying again is (an activity's failure says so by its code); a database that restarts is back
 * within seconds, and a minute of patience costs nobody anything.
 */
const retry: RetryPolicy = {
  initialInterval: '300ms',
  backoffCoefficient: 2,
  maximumInterval: '5s',
  maximumAttempts: 15,
};

/** Short: a look-up or a row in the store. */
export const short = proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

const LONG: ActivityOptions = {
  startToCloseTimeout: '24h',
  heartbeatTimeout: '8s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** A look, which is as long as what is looked at: what bounds it is the heartbeat, not the clock. */
export const long = proxyActivities<Activities>(LONG);

/**
 * Rehearsals, loads and applies, on the queue that has workers for them. Which one came with the admitted run, so a
 * history from before there was one replays as it happened.
 */
export function heavy(queues: Queues | undefined) {
  return proxyActivities<Activities>({ ...LONG, ...onQueue(queues) });
}

/**
 * A call of a model. The service says itself when to come again (the failure's nextRetryDelay); what it does not say is
 * waited for longer and longer. An answer may take minutes; who still works on it shows by the heartbeat.
 */
export function model(queue: string | undefined) {
  return proxyActivities<Pick<Activities, 'callModel'>>({
    startToCloseTimeout: '20m',
    scheduleToCloseTimeout: '40m',
    heartbeatTimeout: '8s',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 8 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    ...(queue === undefined ? {} : { taskQueue: queue }),
  });
}

/** What a model called: a look at the warehouse, a check of a document, a first message. */
export const looking = proxyActivities<Pick<Activities, 'runTool' | 'admitAsk' | 'openAgent'>>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '8s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** Compensation: tried harder, because what it leaves undone a person has to undo. */
export function compensation(queues: Queues | undefined) {
  return proxyActivities<Activities>({
    ...LONG,
    ...onQueue(queues),
    scheduleToCloseTimeout: '24h',
    retry: { ...retry, maximumAttempts: 40 },
  });
}

function onQueue(queues: Queues | undefined): Pick<ActivityOptions, 'taskQueue'> {
  return queues === undefined ? {} : { taskQueue: queues.heavy };
}
