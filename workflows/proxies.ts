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
