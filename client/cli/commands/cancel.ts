import { fail } from '../../../schemas/errors';
import { lookAt, runNow } from '../../core/runs/look';
import { steer } from '../../core/runs/steer';
import { callerAt } from '../caller';
import { reportTakenBack } from '../take-back';
import type { CommandResult, Terminal } from '../terminal';
import { watch } from '../watch';
import { withRun } from '../with-run';

/** `sluice cancel RUN`: ends a run that is under way; what it had applied is taken back. */
export async function cancel(terminal: Terminal, wanted: string): Promise<CommandResult> {
  const started = Date.now();
  return withRun(terminal, wanted, async (link, run) => {
    const caller = await callerAt(terminal, link, 'run', 'cancelling a run');
    const look = await lookAt(link, run);
    if (look.kind === 'ended') {
      const { status } = await runNow(link, run);
      throw fail('usage', `Run ${run.runId} has ended (${status}): there is nothing left to cancel.`, {
        state: 'It stands as it ended.',
        next:
          status === 'succeeded'
            ? `To take it back: sluice undo ${run.runId}`
            : `See how it ended: sluice show ${run.runId}`,
      });
    }
    await steer(link, run, 'cancel', caller);
    return reportTakenBack(terminal, link, run, await watch(terminal, link, run), started);
  });
}
