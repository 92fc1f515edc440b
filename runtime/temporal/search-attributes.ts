import type { Connection } from '@temporalio/client';

/** What an operator can filter runs by. All are keywords. */
export const SEARCH_ATTRIBUTES = [
  'SluiceGoal',
  'SluiceStatus',
  'SluiceWarehouse',
  'SluiceWaitingFor',
  'SluiceOwner',
] as const;

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1. */
const KEYWORD = 2;

/**
 * Registers the search attributes that are not there yet. Idempotent. A workflow that sets an unregistered one
 * retries its task silently for ever, so this runs at every start, before the worker.
 */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const known = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter((name) => !(name in (known.customAttributes ?? {})));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
  });
}
