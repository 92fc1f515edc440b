import { fail } from '../../../schemas/errors';
import { FINAL_STATUSES, RUN_STATUSES, type RunStatus } from '../../../schemas/run';
import type { Store } from '../../../store/store';

/** A run as lists show it. */
export interface RunListing {
  runId: string;
  goal: string;
  workflowId: string;
  mode: string;
  status: RunStatus;
  startedBy: string;
  /** Of one that has ended: seconds from its start to its end, its waits included. */
  seconds?: number;
  /** Of one that failed or was taken back: nothing of it had been applied by then. */
  nothingApplied?: true;
  /** ISO 8601. */
  startedAt: string;
  updatedAt: string;
}

/** The newest runs that fit, newest first. */
export async function listRuns(
  store: Store,
  filter: { goal?: string; status?: string; startedBy?: string; limit: number },
): Promise<RunListing[]> {
  const { goal, startedBy, limit } = filter;
  const rows = await store.runs.list({ goal, startedBy, status: statusOf(filter.status), limit });
  return rows.map((row) => ({
    runId: row.runId,
    goal: row.goal,
    workflowId: row.workflowId,
    mode: row.mode,
    status: row.status,
    startedBy: row.startedBy,
    startedAt: row.startedAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    ...(FINAL_STATUSES.has(row.status)
      ? { seconds: (row.updatedAt.getTime() - row.startedAt.getTime()) / 1000 }
      : {}),
    ...(row.document?.steps.every(({ status }) => status === 'pending' || status === 'proposed')
      ? { nothingApplied: true as const }
      : {}),
  }));
}

function statusOf(text: string | undefined): RunStatus | undefined {
  if (text === undefined) return undefined;
  const status = RUN_STATUSES.find((known) => known === text);
  if (status) return status;
  throw fail('usage', `There is no status "${text}".`, { next: `One of: ${RUN_STATUSES.join(', ')}.` });
}
