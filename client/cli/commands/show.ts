import type { RunDocument } from '../../../schemas/run';
import { findRun, type KnownRun } from '../../core/runs/find';
import { runNow } from '../../core/runs/look';
import { planDocument, proposalOf } from '../../core/runs/proposal';
import type { Link } from '../../core/stack';
import { renderProposal } from '../render/proposal';
import { renderDecisions } from '../render/decisions';
import { renderProblem } from '../render/problem';
import { report } from '../report';
import type { CommandResult, Terminal } from '../terminal';
import { withLink } from '../with-link';

export interface ShowOptions {
  full?: boolean;
}

/** `sluice show RUN`: the run as it is now; of one that waits, what it proposes. Exit 0 whatever the run came to. */
export async function show(
  terminal: Terminal,
  wanted: string,
  { full }: ShowOptions,
): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    const run = await findRun(link, wanted);
    Object.assign(terminal.about, { goal: run.goal, runId: run.runId });
    const document = await runNow(link, run);
    const result = await report(terminal, link, run, document, { full, exitCode: 0 });
    const decisions = await link.store.record.decisions(run.runId);
    if (terminal.json) return { ...result, document: { ...document, decisions } };
    const parts = [
      await proposalText(terminal, link, run, document, full),
      result.text,
      renderDecisions(decisions, terminal.out),
      document.error ? renderProblem(document.error, terminal.out) : '',
    ];
    return { ...result, text: parts.filter((part) => part !== '').join('\n\n') };
  });
}

/** What was or would be done, where that is what one looks for. */
async function proposalText(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  document: RunDocument,
  full?: boolean,
): Promise<string> {
  if (!full && document.status !== 'waiting' && document.status !== 'planned') return '';
  const proposal = await proposalOf(link, run);
  if (!proposal) return '';
  return renderProposal(planDocument(document, proposal), { target: proposal.target, full }, terminal.out);
}
