import type { RelationName } from '../../schemas/change';
import { splitRelation } from '../../sql/quote';
import { sha256 } from '../../store/digest';
import { noteKept } from '../../warehouses/kept';
import { LEDGER_SCHEMA } from '../../warehouses/ledger.sql';
import type { WriteSession } from '../../warehouses/warehouse';

export interface Aside {
  changeId: string;
  /** Where new content is made and tested. */
  build: RelationName;
  /** Where the old content waits for an undo. */
  trash: RelationName;
}

/** Names that a change's id gives: its own, the same for every attempt, short enough for PostgreSQL. */
export function asideOf(changeId: string): Aside {
  const mark = sha256(changeId).slice(0, 24);
  return { changeId, build: `${LEDGER_SCHEMA}.build_${mark}`, trash: `${LEDGER_SCHEMA}.trash_${mark}` };
}

/** Puts the trash on record, once it is there. */
export function noteTrash(
  session: WriteSession,
  { relation }: { relation: RelationName },
  { changeId, trash }: Aside,
  form: 'rows' | 'table',
): Promise<void> {
  return noteKept(session, changeId, { name: splitRelation(trash).name, relation, form });
}

const MAX_BYTES = 63;

/** `daily_delays_day_carrier_idx`, as PostgreSQL would call it; a name too long ends in a hash of the whole. */
export function indexName(relation: RelationName, columns: readonly string[]): string {
  const name = `${splitRelation(relation).name}_${columns.join('_')}_idx`;
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  return `${splitRelation(relation).name.slice(0, 20)}_${sha256(name).slice(0, 16)}_idx`;
}
