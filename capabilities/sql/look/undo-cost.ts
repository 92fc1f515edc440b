import type { Estimate, Finding } from '../../../schemas/change';
import type { ReadSession } from '../../../warehouses/warehouse';
import { withCatalogueSettings } from '../../../warehouses/postgres/catalogue-settings';
import type { Action } from '../action';
import { hangsOn } from '../catalogue/hangs';
import { findRelation } from '../catalogue/relation';

/** Microseconds per row, as `npm run bench -- undo` measures them on two cores: by a copy, and in the table itself. */
const BY_COPY = 17;
const IN_PLACE = { 'drop column': 43, 'alter type': 26 };

export interface UndoCost {
  estimate: Pick<Estimate, 'undoSeconds' | 'undoLocks'>;
  findings: Finding[];
}

/** What the undo of a statement that makes every row anew costs, and those who read the table meanwhile; nothing below a second. */
export async function undoCost(action: Action, live: ReadSession): Promise<UndoCost> {
  const none = { estimate: {}, findings: [] };
  if (action.kind !== 'drop column' && action.kind !== 'alter type') return none;
  const table = await findRelation(live, action.relation);
  if (!table) return none;
  const hangs = await withCatalogueSettings(live, () => hangsOn(live, table));
  const perRow = hangs.length === 0 ? BY_COPY : IN_PLACE[action.kind];
  const seconds = Math.round((table.rows * perRow) / 1e6);
  if (seconds < 1) return none;
  if (hangs.length === 0)
    return {
      estimate: { undoSeconds: seconds, undoLocks: 'writers wait, readers only for a moment' },
      findings: [],
    };
  const held =
    hangs.length > 3 ? `${hangs.slice(0, 3).join(', ')} and ${hangs.length - 3} more` : hangs.join(', ');
  return {
    estimate: { undoSeconds: seconds, undoLocks: 'readers and writers wait' },
    findings: [
      {
        severity: 'warning',
        rule: 'undo_blocks_readers',
        message: `Its undo writes every row of ${action.relation} while readers and writers wait, about ${seconds} s: no copy can take the table's place, as there hangs on it: ${held}.`,
        place: action.place,
      },
    ],
  };
}
