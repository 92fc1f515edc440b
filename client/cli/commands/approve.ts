import { fail } from '../../../schemas/errors';
import type { Proposal } from '../../../schemas/run';
import type { KnownRun } from '../../core/runs/find';
import { runNow } from '../../core/runs/look';
import { planDocument, proposalOf } from '../../core/runs/proposal';
import type { Link } from '../../core/stack';
import { askConsent, type Consent, type ConsentFlags, confirmedNames } from '../consent';
import { type DecideOptions, decideRun, digestToDecide } from '../decide-run';
import { renderProposal } from '../render/proposal';
import { verdict } from '../render/verdict';
import { report } from '../report';
import { givenTerms, type StandingFlags, standingTerms, termsText } from '../standing-terms';
import type { CommandResult, Terminal } from '../terminal';
import { waits, withRun } from '../with-run';

export type ApproveOptions = DecideOptions & ConsentFlags & StandingFlags;

/**
 * `sluice approve RUN`. Who sits at a terminal and does not say which digest was read is shown the proposal first:
 * nobody approves whatever happens to wait.
 */
export async function approve(
  terminal: Terminal,
  wanted: string,
  options: ApproveOptions,
): Promise<CommandResult> {
  givenTerms(options);
  return withRun(
    terminal,
    wanted,
    async (link, run) => {
      const proposal = await proposalOf(link, run);
      if (proposal?.undoes && options.standing) {
        throw fail('usage', 'The undo of one run is approved; there is nothing of the kind to come.', {
          next: 'Leave --standing out.',
        });
      }
      const digest = digestToDecide(proposal, options);
      const consent = await consentTo(terminal, link, run, proposal, digest, options);
      switch (consent.kind) {
        case 'wait':
          terminal.say(consent.why);
          return report(terminal, link, run, await runNow(link, run));
        case 'reject':
          return decideRun(terminal, link, run, { verdict: 'reject', digest }, options);
        case 'approve': {
          const { confirm, allowDestructive } = consent;
          const standing = proposal?.undoes ? undefined : await standingTerms(terminal, link, run, options);
          if (standing) terminal.say(termsText(run.goal, standing));
          return decideRun(
            terminal,
            link,
            run,
            { verdict: 'approve', digest, confirm, allowDestructive, standing },
            options,
          );
        }
      }
    },
    waits,
  );
}

async function consentTo(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  proposal: Proposal | undefined,
  digest: string,
  options: ApproveOptions,
): Promise<Consent> {
  const gate = proposal?.gates[0];
  const beyond = gate?.beyond !== undefined && !options.beyond;
  if (beyond && options.digest === undefined && !terminal.interactive)
    return askConsent(terminal, gate, options);
  const unread = options.digest === undefined && (!terminal.yes || beyond) && terminal.interactive;
  if (proposal && gate && unread && run.row?.status === 'waiting') {
    const plan = planDocument(await runNow(link, run), proposal);
    terminal.say(`${renderProposal(plan, { target: proposal.target }, terminal.err)}\n`);
    return askConsent(terminal, gate, options);
  }
  if (proposal && digest === proposal.digest)
    terminal.say(`Approving ${proposal.digest.slice(0, 12)}: ${verdict(proposal)}.`);
  const confirm = gate ? confirmedNames(gate, options.confirm ?? []) : [];
  return { kind: 'approve', confirm, allowDestructive: options.allowDestructive === true };
}
