import type { Connection } from '@temporalio/client';

/** `INDEXED_VALUE_TYPE_*` of temporal.api.enums.v1. */
const [KEYWORD, INT, DATETIME] = [2, 3, 6];

/** What an operator can filter runs by, and its type. The workflows set them: `workflows/attributes.ts`. */
const TYPES: Readonly<Record<string, number>> = {
  SluiceGoal: KEYWORD,
  SluiceStatus: KEYWORD,
  SluiceWarehouse: KEYWORD,
  SluiceWaitingFor: KEYWORD,
  SluiceOwner: KEYWORD,
  SluiceExpiresAt: DATETIME,
  SluiceRows: INT,
};

export const SEARCH_ATTRIBUTES: readonly string[] = Object.keys(TYPES);

/**
 * Registers the search attributes that are not there yet. Idempotent. A workflow that sets an unregistered one
 * retries its task silently for ever, so this runs at every start, before the worker.
 */
export async function ensureSearchAttributes(
  connection: Pick<Connection, 'operatorService'>,
  namespace: string,
): Promise<void> {
  const known = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(TYPES).filter(([name]) => !(name in (known.customAttributes ?? {})));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing),
  });
}
