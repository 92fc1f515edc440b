import type { Bundle } from '../../../activities/services';
import type { GivenParams } from '../../../capabilities/params';
import { assertScope, type Authenticated } from '../../../governance/identity/subject';
import type { Proposal, RunDocument } from '../../../schemas/run';
import { decide } from '../../core/runs/decide';
import type { KnownRun } from '../../core/runs/find';
import { planDocument, proposalOf } from '../../core/runs/proposal';
import { startRun } from '../../core/runs/start';
import type { Link } from '../../core/stack';
import { callerAt } from '../caller';
import { askConsent, type ConsentFlags } from '../consent';
import { INTERRUPTED } from '../exit-code';
import { readGoal } from '../read-goal';
import { reloading } from '../reloading';
import { renderProposal } from '../render/proposal';
import { report } from '../report';
import { givenTerms, type StandingFlags, standingTerms, termsText } from '../standing-terms';
import { notVerified, stillWaits } from '../still-waits';
import type { CommandResult, Terminal } from '../terminal';
import { watch, type Watched } from '../watch';
import { withLink } from '../with-link';

export interface ApplyOptions extends ConsentFlags, StandingFlags {
  param?: GivenParams;
  reload?: string[];
  full?: boolean;
  detach?: boolean;
  comment?: string;
}

/** What was asked for, and by whom. */
type Asked = ApplyOptions & { caller: Authenticated };

/** Statuses in which a run stays until somebody does something. */
const stands = ({ status }: RunDocument): boolean => status === 'waiting' || status === 'held';

/** `sluice apply FILE`: proposes, shows, asks, applies, and says what is where. */
export async function apply(terminal: Terminal, file: string, options: ApplyOptions): Promise<CommandResult> {
  givenTerms(options);
  const bundle = reloading(await readGoal(terminal, file, options.param), options.reload);
  return withLink(terminal, (link) => applyBundle(terminal, link, bundle, options));
}

/** The same for a goal that is at hand already. */
export async function applyBundle(
  terminal: Terminal,
  link: Link,
  bundle: Bundle,
  options: ApplyOptions,
): Promise<CommandResult> {
  const started = Date.now();
  const caller = await callerAt(terminal, link, 'run', 'starting a run');
  // Who may not decide is told before there is anything to decide on.
  if (terminal.yes) assertScope(caller, 'decide', 'a decision');
  const run = await startRun(link, bundle, 'apply', caller.by, {
    ...(caller.verified ? { verified: caller.method } : {}),
  });
  terminal.about.runId = run.runId;
  const asked = await watch(terminal, link, run, {
    until: (document) => stands(document) || document.status === 'applying',
  });
  const last = await fromProposal(terminal, link, run, asked, { ...options, caller });
  return report(terminal, link, run, last.document, {
    full: options.full,
    ...(last.ended ? { tookSeconds: (Date.now() - started) / 1000 } : {}),
    ...(last.interrupted ? { exitCode: INTERRUPTED } : {}),
  });
}

/** From where there is a proposal (or none is needed) to where the command has nothing more to do. */
async function fromProposal(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  asked: Watched,
  options: Asked,
): Promise<Watched> {
  const done = (at: Watched): boolean => at.ended || at.interrupted || at.document.status === 'held';
  if (done(asked)) return asked;
  if (asked.document.status === 'waiting' && asked.document.opensAt === undefined) {
    const proposal = await proposalOf(link, run);
    if (!proposal || !(await decideHere(terminal, link, run, proposal, asked.document, options)))
      return asked;
  }
  // What is seen after the decision was delivered is the run as the decision left it.
  const opened = await watch(terminal, link, run, { until: options.detach ? () => true : stands });
  if (opened.document.status === 'waiting') terminal.say(stillWaits(opened.document, 'Your approval counts'));
  if (options.detach && opened.document.status === 'applying')
    terminal.say('Approved; the run goes on without you.');
  return opened;
}

/** Shows the proposal and delivers the caller's decision on it, if there is one. */
async function decideHere(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  proposal: Proposal,
  waiting: RunDocument,
  options: Asked,
): Promise<boolean> {
  const { digest, target, gates } = proposal;
  if (!terminal.json || terminal.interactive) {
    const view = { target, full: options.full };
    terminal.say(`${renderProposal(planDocument(waiting, proposal), view, terminal.err)}\n`);
  }
  const gate = gates[0]!;
  if (gate.verified && !options.caller.verified) {
    terminal.say(notVerified(options.caller.by));
    return false;
  }
  const consent = await askConsent(terminal, gate, options);
  if (consent.kind === 'wait') {
    terminal.say(consent.why);
    return false;
  }
  const { comment, caller: subject } = options;
  const { by } = subject;
  assertScope(subject, 'decide', 'a decision');
  if (consent.kind === 'reject') {
    await decide(link, run, { verdict: 'reject', digest, by, subject, comment });
    return true;
  }
  const { confirm, allowDestructive } = consent;
  const standing = await standingTerms(terminal, link, run, options);
  const says = { digest, by, subject, comment, confirm, allowDestructive, standing };
  await decide(link, run, { verdict: 'approve', ...says });
  if (standing) terminal.say(termsText(run.goal, standing));
  if (terminal.yes) terminal.say(`Approved as ${by} by --yes: ${digest.slice(0, 12)}.`);
  return true;
}
