import { NO_ROWS } from '../schemas/change';
import type { Problem } from '../schemas/errors';
import { FINAL_STATUSES, type Proposal, type RunDocument, type RunStatus } from '../schemas/run';
import type { RunRow } from './runs';
import type { Store } from './store';

/** Statuses in which nothing has been applied yet, whoever has decided what. */
const BEFORE: ReadonlySet<RunStatus> = new Set(['planning', 'rehearsing', 'planned']);

/**
 * A run whose workflow is over without having said how it ended (it was terminated, or Temporal has lost it): puts the
 * end on the record. What ended by itself meanwhile stays as it said. Returns the run as it is then. `how`: Temporal's
 * status of the workflow; `undefined`: Temporal knows it no more.
 */
export async function recordClosed(
  store: Store,
  row: RunRow,
  how: string | undefined,
): Promise<RunRow | undefined> {
  if (FINAL_STATUSES.has(row.status)) return row;
  const document = await closedDocument(store, row, how);
  if (await store.runs.close(row, document)) {
    await store.together(
      store.erasures.forget(row.runId),
      // Whatever activity opened it, nobody needs it any more.
      store.shadows.over(row.runId, { execution: '', activity: 0, attempt: 0 }),
      store.record.event(row.runId, 'closed', 'temporal', { how: how ?? 'UNKNOWN', status: document.status }),
    );
  }
  return store.runs.get(row.runId);
}

async function closedDocument(store: Store, row: RunRow, how: string | undefined): Promise<RunDocument> {
  const { runId, goal, workflowId, undoes } = row;
  const proposal = row.proposal ? await store.artifacts.getJson<Proposal>(row.proposal) : undefined;
  const [status, error] = endOf(row, await mayHaveActed(store, row), how);
  return {
    ...{ goal, runId, workflowId, status, digest: row.digest ?? '', checks: [], error },
    steps: (proposal?.changes ?? []).map(({ step, kind, title, noop }) => ({
      ...{ id: step, kind, title, rows: { ...NO_ROWS }, status: noop ? 'skipped' : 'proposed' },
    })),
    ...(undoes === null ? {} : { undoes }),
  };
}

/** A run says that it is being applied only once it is: before that, nobody has approved it. */
async function mayHaveActed(store: Store, { runId, mode, status }: RunRow): Promise<boolean> {
  if (mode === 'plan' || BEFORE.has(status)) return false;
  if (status !== 'waiting') return true;
  const decisions = await store.record.decisions(runId);
  return decisions.some(({ accepted, verdict }) => accepted && verdict === 'approve');
}

function endOf(row: RunRow, acted: boolean, how: string | undefined): [RunStatus, Problem] {
  const { runId, undoes } = row;
  const was =
    how === undefined
      ? 'Temporal knows the workflow of it no more'
      : `its workflow was ended from outside (${how.toLowerCase().replace('_', ' ')})`;
  if (undoes !== null) {
    const error: Problem = {
      code: 'cancelled',
      message: `The undo of run ${undoes} did not come to its end: ${was}.`,
      state: acted
        ? `Whether ${undoes} was undone its ledger says: what stands of it can be undone again.`
        : 'Nothing was undone; the run stands as it was.',
      next: `Ask again if it is still wanted: sluice undo ${undoes}.`,
    };
    return ['rolled_back', error];
  }
  if (!acted) {
    const error: Problem = {
      code: 'cancelled',
      message: `The run did not come to its end: ${was}.`,
      state: 'Nothing was applied.',
      next: 'Run the goal again if it is still wanted.',
    };
    return ['undone', error];
  }
  const error: Problem = {
    code: 'needs_operator',
    message: `The run did not come to its end: ${was}.`,
    state:
      'What it had applied, if anything, still stands; the ledger in the warehouse (sluice.change) says what that is.',
    next: `Take it back: sluice undo ${runId}. What cannot be undone that way has its statements in sluice show ${runId} --full.`,
  };
  return ['needs_operator', error];
}
