import type { Store } from '../../store/store';
import { openHomeStore } from '../core/home-store';
import type { Terminal } from './terminal';
import { homeOf } from './home';

/** Works with the store of the home that one stands in, without Temporal, and lets go of it whatever happens. */
export async function withStore<T>(
  terminal: Terminal,
  work: (at: { store: Store; home: string }) => Promise<T>,
): Promise<T> {
  const home = homeOf(terminal);
  const store = await openHomeStore(home, terminal.surroundings);
  try {
    return await work({ store, home });
  } finally {
    await store.close();
  }
}
