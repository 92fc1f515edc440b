import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';

/**
 * What operators list runs by. The same names and types are registered by `runtime/temporal/search-attributes.ts`
 * before a worker starts: an unregistered one would have its workflow task tried again for ever.
 */
export const STATUS = defineSearchAttributeKey('SluiceStatus', SearchAttributeType.KEYWORD);
export const GOAL = defineSearchAttributeKey('SluiceGoal', SearchAttributeType.KEYWORD);
export const WAREHOUSE = defineSearchAttributeKey('SluiceWarehouse', SearchAttributeType.KEYWORD);
export const OWNER = defineSearchAttributeKey('SluiceOwner', SearchAttributeType.KEYWORD);
/** Whom or what the run waits for: the gate's name, `operator` (held), `resume` (paused). */
export const WAITING_FOR = defineSearchAttributeKey('SluiceWaitingFor', SearchAttributeType.KEYWORD);
/** When the gate closes by itself, while the run waits at it. */
export const EXPIRES = defineSearchAttributeKey('SluiceExpiresAt', SearchAttributeType.DATETIME);
/** Rows inserted, updated or deleted, when the run has ended. */
export const ROWS = defineSearchAttributeKey('SluiceRows', SearchAttributeType.INT);

/** Temporal's own, of what a schedule has started. */
export const SCHEDULE = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);

/** Whose run it is and where it acts; owners are optional. */
export function identity(goal: string, warehouse: string, owner: string): SearchAttributePair[] {
  return [
    { key: GOAL, value: goal },
    { key: WAREHOUSE, value: warehouse },
    ...(owner === '' ? [] : [{ key: OWNER, value: owner }]),
  ];
}
