import type { RunDocument } from '../../schemas/run';
import type { KnownRun } from '../core/runs/find';
import type { Link } from '../core/stack';
import { exitCodeOf, INTERRUPTED } from './exit-code';
import { report } from './report';
import type { CommandResult, Terminal } from './terminal';
import type { Watched } from './watch';

/** The result of a command that was to take a run back: 0 when it is, whatever the run itself came to. */
export async function reportTakenBack(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  { document, ended, interrupted }: Watched,
  started: number,
): Promise<CommandResult> {
  return report(terminal, link, run, document, {
    exitCode: interrupted ? INTERRUPTED : isTakenBack(document) ? 0 : exitCodeOf(document),
    ...(ended ? { tookSeconds: (Date.now() - started) / 1000 } : {}),
  });
}

export function isTakenBack({ status, steps, error }: RunDocument): boolean {
  if (error?.code === 'undo_refused') return false;
  return (
    status === 'undone' || (status === 'rolled_back' && steps.every((step) => step.status !== 'applied'))
  );
}
