import { proposalOf } from '../../core/runs/proposal';
import { type DecideOptions, decideRun, digestToDecide } from '../decide-run';
import type { CommandResult, Terminal } from '../terminal';
import { waits, withRun } from '../with-run';

/** `sluice reject RUN`: exit 0 when it is rejected. */
export async function reject(
  terminal: Terminal,
  wanted: string,
  options: DecideOptions,
): Promise<CommandResult> {
  return withRun(
    terminal,
    wanted,
    async (link, run) => {
      const digest = digestToDecide(await proposalOf(link, run), options);
      return decideRun(terminal, link, run, { verdict: 'reject', digest }, options);
    },
    waits,
  );
}
