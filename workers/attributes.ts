import type { NativeConnection } from '@temporalio/worker';
import type { Log } from '../activities/services';
import { ensureSearchAttributes, SEARCH_ATTRIBUTES } from '../runtime/temporal/search-attributes';

/**
 * At a Temporal that is not ours. Where one may not add search attributes oneself (Temporal Cloud), somebody has done it
 * before, or every run would try its first task again and again: that is said, once, in the log.
 */
export async function registerAttributes(
  connection: NativeConnection,
  namespace: string,
  log: Log,
): Promise<void> {
  try {
    await ensureSearchAttributes(connection, namespace);
  } catch (cause) {
    log.warn(
      { cause: String(cause), attributes: SEARCH_ATTRIBUTES },
      'the search attributes could not be looked at or added: if runs do not start, have them added to the namespace',
    );
  }
}
