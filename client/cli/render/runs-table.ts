import Table from 'cli-table3';
import type { RunListing } from '../../core/runs/list';
import { moment } from './numbers';
import { plainDeep, type Style } from './style';
import { statusColour } from './words';

export const NO_LINES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '',
  bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ',
}; // prettier-ignore

/** The newest runs, one line each. */
export function renderRuns(given: readonly RunListing[], style: Style): string {
  const runs = plainDeep(given);
  const { paint } = style;
  if (runs.length === 0) return 'No runs.';
  const table = new Table({
    head: ['RUN', 'STATUS', 'MODE', 'STARTED', 'BY'].map((title) => paint.dim(title)),
    chars: NO_LINES,
    // The table would colour its head and borders by itself, whatever NO_COLOR says.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const run of runs) {
    table.push([
      run.runId,
      statusColour(run.status, paint)(run.status),
      run.mode,
      moment(run.startedAt),
      run.startedBy,
    ]);
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
