import type { Authenticated } from '../../../governance/identity/subject';
import { fail, type SluiceError } from '../../../schemas/errors';
import { FINAL_STATUSES, mayStand, type RunDocument } from '../../../schemas/run';
import type { KnownRun } from '../../core/runs/find';
import { runNow } from '../../core/runs/look';
import { planDocument } from '../../core/runs/proposal';
import { findRunToUndo, planUndo, type Undoing, undoRun } from '../../core/runs/undo';
import type { Link } from '../../core/stack';
import { callerAt } from '../caller';
import { ask, isYes } from '../prompt';
import { moment } from '../render/numbers';
import { renderProposal } from '../render/proposal';
import { report } from '../report';
import { reportTakenBack } from '../take-back';
import type { CommandResult, Terminal } from '../terminal';
import { type Watched, watchWith } from '../watch';
import { withLink } from '../with-link';
import { undoBackTo } from './undo-to';

export interface UndoFlags {
  /** Only show what would be taken back. */
  plan?: boolean;
  /** Take back this run and every one since that changed something. */
  to?: string;
}

/**
 * `sluice undo RUN`: takes back what the run did, however far it came; all of it or nothing. At a terminal it shows what
 * that is and asks; `--yes` answers that question. What is protected waits until somebody has approved its undo.
 */
export async function undo(
  terminal: Terminal,
  wanted: string | undefined,
  flags: UndoFlags,
): Promise<CommandResult> {
  if ((wanted === undefined) === (flags.to === undefined)) {
    throw fail('usage', 'Which run is to be taken back is said once: by its id, or by --to.', {
      next: 'sluice undo RUN, sluice undo last, or sluice undo --to RUN.',
    });
  }
  return withLink(terminal, async (link) => {
    const caller = await callerAt(terminal, link, 'run', 'undoing a run');
    const run = await findRunToUndo(link, wanted ?? flags.to!, caller.by);
    Object.assign(terminal.about, { goal: run.goal, runId: run.runId });
    const undoes = run.row?.undoes ?? undefined;
    if (undoes !== undefined) throw isAnUndo(run.runId, undoes);
    if (flags.to !== undefined) return undoBackTo(terminal, link, run, caller, flags);
    if (wanted === 'last') terminal.say(`The last run of ${caller.by} that changed something: ${run.runId}.`);
    return undoOne(terminal, link, run, caller, flags);
  });
}

function isAnUndo(runId: string, undoes: string): SluiceError {
  return fail('usage', `${runId} is the undo of ${undoes}, and an undo cannot be undone.`, {
    state: 'Nothing was undone.',
    next: `While it waits: sluice reject ${runId}. Once it is done: apply the goal again.`,
  });
}

async function undoOne(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  subject: Authenticated,
  flags: UndoFlags,
): Promise<CommandResult> {
  const started = Date.now();
  const document = await runNow(link, run);
  const ended = FINAL_STATUSES.has(document.status);
  const nothing = ended ? nothingToUndo(run, document) : undefined;
  if (nothing !== undefined) return { document, text: nothing, exitCode: 0 };
  let digest: string | undefined;
  if (ended && (flags.plan === true || (terminal.interactive && !terminal.yes))) {
    const planned = await watchWith(terminal, run, (following) =>
      planUndo(link, run, { ...following, subject }),
    );
    const { proposal } = planned;
    if (!proposal) return reportTakenBack(terminal, link, run, planned, started);
    const plan = planDocument(planned.document, proposal);
    const text = renderProposal(
      plan,
      { target: proposal.target, full: flags.plan },
      terminal[flags.plan ? 'out' : 'err'],
    );
    if (flags.plan) return { document: plan, text, exitCode: 0 };
    terminal.say(`${text}\n`);
    ({ digest } = proposal);
  } else if (flags.plan) {
    throw fail('usage', `Run ${run.runId} is ${document.status}: what it will have done is not known yet.`, {
      next: `To stop it, which takes back what it has applied: sluice cancel ${run.runId}.`,
    });
  }
  if (terminal.interactive && !terminal.yes) {
    const question = ended
      ? `Take ${run.runId} back? [y/N] `
      : `${run.runId} is ${document.status}. Stop it, and take back what it has applied? [y/N] `;
    if (!isYes(await ask(terminal, question))) {
      return { document, text: `${run.runId} was left as it is.`, exitCode: 0 };
    }
  }
  const undone = await watchWith(terminal, run, (following) =>
    undoRun(link, run, { ...following, subject, ...(digest === undefined ? {} : { digest }) }),
  );
  return reportUndo(terminal, link, run, undone, started);
}

type Undone = Undoing & Watched;

/** What came of it: the run as it is then, or its undo, which waits for somebody. */
export function reportUndo(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  undone: Undone,
  started: number,
): Promise<CommandResult> {
  return undone.document.undoes === undefined
    ? reportTakenBack(terminal, link, run, undone, started)
    : report(terminal, link, undone.run, undone.document);
}

/** Why there is nothing to undo of a run that has ended; `undefined`: there is, as far as its record knows. */
export function nothingToUndo({ runId, row }: KnownRun, document: RunDocument): string | undefined {
  if (document.status === 'undone' && document.error === undefined) {
    const at = row ? ` at ${moment(row.updatedAt)}` : '';
    return `${runId} was undone already${at}. Nothing was done now.`;
  }
  return mayStand(document) ? undefined : `${runId} changed nothing that stands: there is nothing to undo.`;
}
