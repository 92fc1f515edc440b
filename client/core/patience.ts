import { setTimeout as sleep } from 'node:timers/promises';
import { isLostService } from './failures';
import type { Link } from './stack';

/** Milliseconds without the store or Temporal until a command gives up; both are back within seconds. */
export const PATIENCE_MS = 60_000;

/**
 * Does what may be done twice (a look, or a write under its own id) again while the stack is away, connecting anew in
 * between. Anything but a service that is away is thrown at once, and so is that after `patienceMs`.
 */
export async function patiently<T>(
  link: Pick<Link, 'renew'>,
  work: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  for (const end = Date.now() + patienceMs; ;) {
    try {
      return await work();
    } catch (cause) {
      if (!isLostService(cause) || Date.now() > end) throw cause;
      await sleep(500);
      await link.renew().catch(() => undefined);
    }
  }
}
