import { fail } from '../../../schemas/errors';
import { runNow } from '../../core/runs/look';
import { steer } from '../../core/runs/steer';
import { callerAt } from '../caller';
import { INTERRUPTED } from '../exit-code';
import { report } from '../report';
import type { CommandResult, Terminal } from '../terminal';
import { watch } from '../watch';
import { withRun } from '../with-run';

/** `sluice retry RUN`: tells a held run to try again what failed. */
export async function retry(terminal: Terminal, wanted: string): Promise<CommandResult> {
  return withRun(terminal, wanted, async (link, run) => {
    const caller = await callerAt(terminal, link, 'run', 'retrying a run');
    const { status } = await runNow(link, run);
    if (status !== 'held') {
      throw fail('usage', `Run ${run.runId} is ${status}; only a held run can be retried.`, {
        state: 'The run stands as it was.',
        next: 'Apply the goal again. (A goal that says `onFailure: hold` holds its runs when a step fails.)',
      });
    }
    await steer(link, run, 'retry', caller);
    // What is seen after the answer is the run as it was told: held again means failed again.
    const again = await watch(terminal, link, run, { until: (document) => document.status === 'held' });
    return report(terminal, link, run, again.document, {
      exitCode: again.interrupted ? INTERRUPTED : undefined,
    });
  });
}
