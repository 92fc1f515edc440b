import type { Bundle } from '../../activities/services';
import type { RunDocument } from '../../schemas/run';
import { patiently } from '../core/patience';
import { type KnownRun, rowOf } from '../core/runs/find';
import { proposalOf } from '../core/runs/proposal';
import type { Link } from '../core/stack';
import { exitCodeOf } from './exit-code';
import { hintsAfter } from './hints';
import { asTyped } from './invocation';
import { renderRun } from './render/run';
import type { CommandResult, Terminal } from './terminal';

export interface ReportOptions {
  full?: boolean;
  tookSeconds?: number;
  /** Default: what the run's status means to whoever ran it. */
  exitCode?: number;
}

/** A run as a command's result: `apply --json`'s document, and for people where things are and what to do next. */
export async function report(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  document: RunDocument,
  options: ReportOptions = {},
): Promise<CommandResult> {
  const exitCode = options.exitCode ?? exitCodeOf(document);
  // What a command was asked for is no problem, though it may be one for the run.
  const problem = exitCode === 0 ? undefined : document.error;
  if (terminal.json) return { document, text: '', exitCode, problem };
  const [proposal, bundle] = await Promise.all([proposalOf(link, run), bundleOf(link, run)]);
  const { command } = terminal.surroundings;
  const hints = hintsAfter(link, document, proposal, bundle).map(({ label, text }) => ({
    label,
    text: asTyped(text, command),
  }));
  const nothingNew = proposal?.changes.every(
    (change) => change.noop || (change.writes.length === 0 && change.kind !== 'sweep'),
  );
  const text = renderRun(document, { ...options, nothingNew, hints }, terminal.out);
  return { document, text, exitCode, problem };
}

async function bundleOf(link: Link, run: KnownRun): Promise<Bundle | undefined> {
  return patiently(link, async () => {
    const row = await rowOf(link, run);
    return row && link.store.artifacts.getJson<Bundle>(row.bundle);
  });
}
