import type { Bundle } from '../../../activities/services';
import type { GivenParams } from '../../../capabilities/params';
import { planDocument, proposalOf } from '../../core/runs/proposal';
import { startRun } from '../../core/runs/start';
import type { Link } from '../../core/stack';
import { callerAt } from '../caller';
import { exitCodeOf, INTERRUPTED } from '../exit-code';
import { readGoal } from '../read-goal';
import { reloading } from '../reloading';
import { renderProposal } from '../render/proposal';
import type { CommandResult, Terminal } from '../terminal';
import { watch } from '../watch';
import { withLink } from '../with-link';

export interface PlanOptions {
  param?: GivenParams;
  reload?: string[];
  full?: boolean;
}

/** `sluice plan FILE`: what would happen, rehearsed; nothing is changed and nothing is left waiting. */
export async function plan(terminal: Terminal, file: string, options: PlanOptions): Promise<CommandResult> {
  const bundle = reloading(await readGoal(terminal, file, options.param), options.reload);
  return withLink(terminal, (link) => planBundle(terminal, link, bundle, options));
}

/** The same for a goal that is at hand already. */
export async function planBundle(
  terminal: Terminal,
  link: Link,
  bundle: Bundle,
  options: PlanOptions,
): Promise<CommandResult> {
  const caller = await callerAt(terminal, link, 'run', 'starting a run');
  const run = await startRun(link, bundle, 'plan', caller.by);
  terminal.about.runId = run.runId;
  const { document, interrupted } = await watch(terminal, link, run);
  const proposal = await proposalOf(link, run);
  const planned = planDocument(document, proposal);
  return {
    document: planned,
    text: proposal
      ? renderProposal(planned, { target: proposal.target, full: options.full }, terminal.out)
      : '',
    exitCode: interrupted ? INTERRUPTED : exitCodeOf(planned),
    problem: planned.error,
  };
}
