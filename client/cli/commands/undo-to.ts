import type { Authenticated } from '../../../governance/identity/subject';
import { fail } from '../../../schemas/errors';
import type { RunDocument } from '../../../schemas/run';
import type { KnownRun } from '../../core/runs/find';
import { runsBackTo, undoRun } from '../../core/runs/undo';
import type { Link } from '../../core/stack';
import { exitCodeOf, INTERRUPTED } from '../exit-code';
import { ask, isYes } from '../prompt';
import { counted, moment } from '../render/numbers';
import { isTakenBack } from '../take-back';
import type { CommandResult, Terminal } from '../terminal';
import { watchWith } from '../watch';
import type { UndoFlags } from './undo';

/**
 * `sluice undo --to RUN`: takes back every run that changed something in the same warehouse since RUN began, whoever
 * started it, the newest first, and RUN. Each is named, one question is asked. It stops where one cannot be taken back,
 * or waits for a decision.
 */
export async function undoBackTo(
  terminal: Terminal,
  link: Link,
  first: KnownRun,
  subject: Authenticated,
  flags: UndoFlags,
): Promise<CommandResult> {
  const runs = await runsBackTo(link, first);
  const names = runs.map(({ runId }) => runId);
  if (!names.includes(first.runId)) {
    throw fail(
      'undo_refused',
      `Run ${first.runId} changed nothing that stands: there is nothing to go back to.`,
      {
        state: 'Nothing was undone.',
        next: 'Name a run that changed something: sluice runs.',
      },
    );
  }
  const list = runs.map((run) => `  ${run.runId}${about(run)}`).join('\n');
  const text = `Takes back ${counted(runs.length, 'run')}, the newest first:\n${list}`;
  if (flags.plan) return { document: { runs: names }, text, exitCode: 0 };
  terminal.say(text);
  if (!terminal.yes) {
    if (!terminal.interactive) {
      throw fail('usage', `--to takes back ${counted(runs.length, 'run')}, and nobody is here to be asked.`, {
        state: 'Nothing was undone.',
        next: `Say --yes: sluice undo --to ${first.runId} --yes.`,
      });
    }
    if (!isYes(await ask(terminal, `Take ${runs.length === 1 ? 'it' : 'them all'} back? [y/N] `)))
      return { document: { runs: [], left: names }, text: 'Everything was left as it is.', exitCode: 0 };
  }
  const documents: RunDocument[] = [];
  for (const [nth, run] of runs.entries()) {
    const undone = await watchWith(terminal, run, (following) =>
      undoRun(link, run, { ...following, subject }),
    );
    const { document, interrupted } = undone;
    documents.push(document);
    if (!interrupted && document.undoes === undefined && isTakenBack(document)) {
      terminal.say(`${run.runId} was undone.`);
      continue;
    }
    const why =
      document.undoes === undefined ? (document.error?.message ?? document.status) : waitsFor(document);
    return {
      document: { runs: documents, left: names.slice(nth) },
      text: `Stopped at ${run.runId}: ${why}\n${nth} of ${runs.length} were undone; left: ${names.slice(nth).join(', ')}.`,
      exitCode: interrupted ? INTERRUPTED : exitCodeOf(document),
      ...(document.error ? { problem: document.error } : {}),
    };
  }
  return {
    document: { runs: documents, left: [] },
    text: `${counted(runs.length, 'run')} undone.`,
    exitCode: 0,
  };
}

function about({ goal, row }: KnownRun): string {
  return row ? `  ${goal}, started by ${row.startedBy} at ${moment(row.startedAt)}` : `  ${goal}`;
}

const waitsFor = ({ runId }: RunDocument): string =>
  `its undo waits for a decision: sluice approve ${runId}, then sluice undo --to again.`;
