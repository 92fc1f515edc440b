import { newestExecution } from '../../../runtime/temporal/executions';
import { FINAL_STATUSES } from '../../../schemas/run';
import { recordClosed } from '../../../store/closed-runs';
import type { RunRow } from '../../../store/runs';
import type { Link } from '../stack';
import type { KnownRun } from './find';

/**
 * The run as it is now, as far as Temporal knows. An operator who resets a workflow ends one execution and begins another
 * from its middle; one who terminates it leaves a run that never says how it ended. What the store knows is from before
 * either, and is brought up to date here.
 */
export async function asTemporalHasIt(link: Link, run: KnownRun): Promise<KnownRun> {
  const { row, temporalRunId } = run;
  if (!row || temporalRunId === undefined) return run;
  const found = await newestExecution(link.client, run.workflowId, temporalRunId).catch(() => 'silent');
  if (typeof found === 'string') return run;
  const finished = FINAL_STATUSES.has(row.status);
  if (!found?.open && !finished) {
    // What it said at its very end may not have been on record when the row was read.
    const now = await link.store.runs.get(row.runId);
    return { ...run, row: now && (await recordClosed(link.store, now, found?.status)) };
  }
  if (!found || found.runId === temporalRunId) return run;
  const reopened = found.open && finished;
  await link.store.runs.moved(row, found.runId, reopened);
  return {
    ...run,
    temporalRunId: found.runId,
    row: {
      ...row,
      temporalRunId: found.runId,
      ...(reopened ? { status: 'planning', document: null } : {}),
    },
  };
}

/** Of these runs, those that are over get their end on record. Returns them as they are then. */
export async function closeThoseThatAreOver(link: Link, rows: readonly RunRow[]): Promise<RunRow[]> {
  return Promise.all(
    rows.map(async (row) => {
      if (FINAL_STATUSES.has(row.status)) return row;
      const { runId, goal, workflowId, temporalRunId } = row;
      const now = await asTemporalHasIt(link, { runId, goal, workflowId, temporalRunId, row });
      return now.row ?? row;
    }),
  );
}
