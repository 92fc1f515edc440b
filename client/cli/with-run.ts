import type { RunRow } from '../../store/runs';
import { findRun, type KnownRun } from '../core/runs/find';
import type { Link } from '../core/stack';
import type { Terminal } from './terminal';
import { withLink } from './with-link';

/**
 * Finds the run a command names and works with it; from then on every failure says which run it is about. `meant`: of
 * several that begin like that, which one it can be.
 */
export async function withRun<T>(
  terminal: Terminal,
  wanted: string,
  work: (link: Link, run: KnownRun) => Promise<T>,
  meant?: (row: RunRow) => boolean,
): Promise<T> {
  return withLink(terminal, async (link) => {
    const run = await findRun(link, wanted, meant);
    Object.assign(terminal.about, { goal: run.goal, runId: run.runId });
    return work(link, run);
  });
}

/** A decision is on a run that waits for one. */
export const waits = ({ status }: RunRow): boolean => status === 'waiting';
