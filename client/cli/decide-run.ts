import { fail } from '../../schemas/errors';
import type { Proposal, RunDocument } from '../../schemas/run';
import { decide, type Verdict } from '../core/runs/decide';
import type { KnownRun } from '../core/runs/find';
import type { Link } from '../core/stack';
import { callerAt, deciding } from './caller';
import { INTERRUPTED } from './exit-code';
import { report } from './report';
import { stillWaits } from './still-waits';
import type { CommandResult, Terminal } from './terminal';
import { watch } from './watch';

export interface DecideOptions {
  by?: string;
  comment?: string;
  /** The digest that was read, or its beginning: without it, the one that waits now. */
  digest?: string;
  /** False: return as soon as the decision is counted. */
  wait?: boolean;
}

/** Delivers a decision and follows the run to its end, or to where it waits for somebody else. */
export async function decideRun(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  verdict: Omit<Verdict, 'by' | 'subject' | 'comment'>,
  options: DecideOptions,
): Promise<CommandResult> {
  const caller = await callerAt(terminal, link, 'decide', 'a decision');
  const subject = deciding(terminal, caller, options.by);
  const { by } = subject;
  await decide(link, run, { ...verdict, by, subject, comment: options.comment });
  const stands = ({ status }: RunDocument): boolean => status === 'waiting' || status === 'held';
  const { document, interrupted } = await watch(terminal, link, run, {
    until: options.wait === false ? () => true : stands,
  });
  if (document.status === 'waiting') terminal.say(stillWaits(document, `Counted for ${by}`));
  // To be rejected is a failure for who applied, and what was asked for by who rejects.
  const asAsked = verdict.verdict === 'reject' && document.status === 'rejected';
  return report(terminal, link, run, document, {
    exitCode: interrupted ? INTERRUPTED : asAsked ? 0 : undefined,
  });
}

/** The digest that is decided on. One that is not the proposal's goes out as it is, to be refused and recorded. */
export function digestToDecide(proposal: Proposal | undefined, { digest }: DecideOptions): string {
  if (digest === undefined) return proposal?.digest ?? '';
  const wanted = digest.toLowerCase();
  if (wanted.length < 8) {
    throw fail('usage', 'The digest is too short to mean one proposal.', {
      next: 'Give at least 8 of its characters.',
    });
  }
  return proposal?.digest.startsWith(wanted) ? proposal.digest : wanted;
}
