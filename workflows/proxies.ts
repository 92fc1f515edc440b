import { ActivityCancellationType, proxyActivities, type RetryPolicy } from '@temporalio/workflow';
import type { Activities } from '../activities';

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

/** As long as the data takes: what bounds it is the heartbeat, not the clock. */
export const long = proxyActivities<Activities>({
  startToCloseTimeout: '24h',
  heartbeatTimeout: '8s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

/** Compensation: tried harder, because what it leaves undone a person has to undo. */
export const compensation = proxyActivities<Activities>({
  startToCloseTimeout: '24h',
  heartbeatTimeout: '8s',
  scheduleToCloseTimeout: '24h',
  retry: { ...retry, maximumAttempts: 40 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
