import { findHome } from '../../runtime/home';
import { type Link, openLink } from '../core/stack';
import type { Terminal } from './terminal';

export const homeOf = ({ surroundings: { cwd, env } }: Terminal): string => findHome(cwd, env);

/** Works with the stack of the home that one stands in, and lets go of it whatever happens. */
export async function withLink<T>(terminal: Terminal, work: (link: Link) => Promise<T>): Promise<T> {
  const link = await openLink(homeOf(terminal), terminal.surroundings);
  try {
    return await work(link);
  } finally {
    terminal.progress.stop();
    await link.close();
  }
}
