import { fail } from '../../../schemas/errors';
import type { RunDocument } from '../../../schemas/run';
import { lookAt, runNow } from '../../core/runs/look';
import { steer as steerRun } from '../../core/runs/steer';
import { callerAt } from '../caller';
import { report } from '../report';
import type { CommandResult, Terminal } from '../terminal';
import { withRun } from '../with-run';

/** `sluice pause RUN`: no further step of it starts; what runs finishes. Twice is once. */
export const pause = (terminal: Terminal, wanted: string): Promise<CommandResult> =>
  steer(terminal, wanted, 'pause');

/** `sluice resume RUN`: a paused run goes on. */
export const resume = (terminal: Terminal, wanted: string): Promise<CommandResult> =>
  steer(terminal, wanted, 'resume');

async function steer(terminal: Terminal, wanted: string, what: 'pause' | 'resume'): Promise<CommandResult> {
  return withRun(terminal, wanted, async (link, run) => {
    const caller = await callerAt(
      terminal,
      link,
      'run',
      what === 'pause' ? 'pausing a run' : 'resuming a run',
    );
    const look = await lookAt(link, run);
    if (look.kind === 'ended') {
      const { status } = await runNow(link, run);
      throw fail('usage', `Run ${run.runId} has ended (${status}): it cannot be ${what}d.`, {
        state: 'It stands as it ended.',
        next: 'Nothing. To take a run back: sluice undo RUN.',
      });
    }
    const after = await steerRun(link, run, what, caller);
    terminal.say(sentence(after, what));
    return report(terminal, link, run, after, { exitCode: 0 });
  });
}

function sentence({ status, runId, paused }: RunDocument, what: 'pause' | 'resume'): string {
  if (what === 'resume') return `Run ${runId} goes on.`;
  if (!paused) return `Run ${runId} is ${status}: it ended before it could be paused.`;
  return status === 'waiting'
    ? `Run ${runId} is paused: it can be decided on, but nothing is applied until \`sluice resume ${runId}\`.`
    : `Run ${runId} is paused: what runs finishes, nothing further starts until \`sluice resume ${runId}\`.`;
}
