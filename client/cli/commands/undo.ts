import { undoRun } from '../../core/runs/undo';
import { callerAt } from '../caller';
import { reportTakenBack } from '../take-back';
import type { CommandResult, Terminal } from '../terminal';
import { watchWith } from '../watch';
import { withRun } from '../with-run';

/** `sluice undo RUN`: takes back what the run did, however far it came; all of it or nothing. */
export async function undo(terminal: Terminal, wanted: string): Promise<CommandResult> {
  const started = Date.now();
  return withRun(terminal, wanted, async (link, run) => {
    const { by } = await callerAt(terminal, link, 'run', 'undoing a run');
    const undone = await watchWith(terminal, run, (following) => undoRun(link, run, { ...following, by }));
    return reportTakenBack(terminal, link, run, undone, started);
  });
}
