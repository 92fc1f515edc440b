import { type Link, openLink } from '../core/stack';
import { homeOf } from './home';
import type { Terminal } from './terminal';

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
