import { fail } from '../../../schemas/errors';
import type { RunRow } from '../../../store/runs';
import type { Link } from '../stack';
import { asTemporalHasIt } from './execution';

/** A run as clients speak of it: enough to reach its workflow, and its row if the store has one. */
export interface KnownRun {
  runId: string;
  goal: string;
  workflowId: string;
  /** Which execution of the workflow; without it, the newest. */
  temporalRunId?: string;
  row?: RunRow;
}

/**
 * The run that a person means: its id or its workflow's, the beginning of one, or `last` for the newest. A run that was
 * not admitted is known only to Temporal and needs its whole id. Of several that begin like that, `meant` says which one
 * the command can be about; else it is not an undo. Throws `not_found`; `usage` when it may be any of several.
 */
export async function findRun(
  link: Link,
  wanted: string,
  meant: (row: RunRow) => boolean = ({ mode }) => mode !== 'undo',
): Promise<KnownRun> {
  const found =
    wanted === 'last'
      ? await link.store.runs.list({ limit: 1 })
      : wanted === ''
        ? []
        : await link.store.runs.find(wanted);
  const fitting = found.filter(meant);
  const rows = found.length > 1 && fitting.length === 1 ? fitting : found;
  const [row, ...others] = rows;
  if (row && others.length === 0) return asTemporalHasIt(link, ofRow(row));
  if (row) {
    throw fail(
      'usage',
      `"${wanted}" is the beginning of ${rows.length === 10 ? 'ten or more' : rows.length} runs.`,
      {
        next: 'Give more of its id.',
        faults: rows.map(({ runId, status }) => ({ path: runId, message: status })),
      },
    );
  }
  if (wanted !== 'last' && (await isKnownToTemporal(link, wanted))) {
    return { runId: wanted, goal: goalOf(wanted), workflowId: wanted };
  }
  throw fail('not_found', wanted === 'last' ? 'There is no run yet.' : `There is no run "${wanted}".`, {
    next: 'List the runs: sluice runs.',
  });
}

export function ofRow(row: RunRow): KnownRun {
  const { runId, goal, workflowId, temporalRunId } = row;
  return { runId, goal, workflowId, temporalRunId, row };
}

/** The row as it is now; `undefined` for a run that was not admitted (yet). */
export function rowOf(link: Link, run: KnownRun): Promise<RunRow | undefined> {
  return link.store.runs.get(run.runId);
}

async function isKnownToTemporal(link: Link, workflowId: string): Promise<boolean> {
  return link.client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      ({ type }) => type === 'goal',
      () => false,
    );
}

function goalOf(runId: string): string {
  return runId.replace(/-\d{8}-[a-z2-7]{6}$/, '');
}
