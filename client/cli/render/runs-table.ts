import Table from 'cli-table3';
import type { RunListing } from '../../core/runs/list';
import { localMoment, seconds } from './numbers';
import { plainDeep, type Style } from './style';
import { statusColour } from './words';

export const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '',
  bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
}; // prettier-ignore

/** Of a run that ended before anything was applied, nothing was rolled back or undone. */
function statusWords({ mode, status, nothingApplied }: RunListing): string {
  if (nothingApplied && status === 'rolled_back') return mode === 'plan' ? 'plan failed' : 'failed';
  if (nothingApplied && status === 'undone') return 'cancelled';
  return status;
}

/** The newest runs, one line each. */
export function renderRuns(given: readonly RunListing[], style: Style): string {
  const runs = plainDeep(given);
  const { paint } = style;
  if (runs.length === 0) return 'No runs.';
  const table = new Table({
    head: ['RUN', 'STATUS', 'MODE', 'STARTED', 'TOOK', 'BY'].map((title) => paint.dim(title)),
    chars: NO_LINES,
    // The table would colour its head and borders by itself, whatever NO_COLOR says.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const run of runs) {
    table.push([
      run.runId,
      statusColour(run.status, paint)(statusWords(run)),
      run.mode,
      localMoment(run.startedAt),
      run.seconds === undefined ? '' : seconds(run.seconds),
      run.startedBy,
    ]);
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
