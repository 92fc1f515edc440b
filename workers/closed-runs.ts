import type { Client } from '@temporalio/client';
import type { Log } from '../activities/services';
import { newestExecution } from '../runtime/temporal/executions';
import { recordClosed } from '../store/closed-runs';
import type { Store } from '../store/store';
import type { RecorderTask } from './recorder';

/** Milliseconds between two looks, and how many open runs one look is at: a thousand are gone through in minutes. */
const EVERY_MS = 15_000;
const AT_ONCE = 50;

/**
 * Puts the end of runs on record whose workflow was terminated, or is lost: such a run never says so itself, would wait
 * for ever, and keep what it holds from every sweep.
 */
export function closedRunsTask(
  store: Store,
  client: Pick<Client, 'workflow'>,
  log: Log,
  everyMs = EVERY_MS,
): RecorderTask {
  let next = 0;
  let last: string | undefined;
  return {
    name: 'closing runs whose workflow is over',
    async tick(signal) {
      if (performance.now() < next) return;
      next = performance.now() + everyMs;
      const rows = await store.runs.open(AT_ONCE, last);
      last = rows.length < AT_ONCE ? undefined : rows.at(-1)!.runId;
      for (const row of rows) {
        if (signal.aborted) return;
        const found = await newestExecution(client, row.workflowId, row.temporalRunId);
        if (found?.open) continue;
        const closed = await recordClosed(store, row, found?.status);
        log.info(
          { runId: row.runId, was: row.status, status: closed?.status, how: found?.status },
          'a run whose workflow is over',
        );
      }
    },
  };
}
