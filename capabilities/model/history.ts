import type { Applied, RelationFingerprint, RelationName } from '../../schemas/change';
import { erasedOf } from '../../warehouses/kept';
import type { ReadSession } from '../../warehouses/warehouse';
import { memoryOf, type ModelMemory } from './body';

/** The newest change of a relation that stands, if a model made it. */
export interface LastBuild {
  changeId: string;
  memory: ModelMemory;
  /** Fingerprint of the relation right after. */
  after: RelationFingerprint | undefined;
  /** No change of another kind wrote the relation since. */
  newest: boolean;
}

/** Sluice's ledger about a relation: the last time a model built it, undone builds left out. */
export async function lastBuild(
  session: ReadSession,
  relation: RelationName,
): Promise<LastBuild | undefined> {
  const rows = await session.query<{
    id: string;
    kind: string;
    applied: Applied;
    after: Record<RelationName, RelationFingerprint> | null;
  }>(
    `select change_id as id, kind, applied, after from sluice.change
      where state = 'applied' and kind <> 'erase' and writes @> array[$1::text] and applied is not null
      order by applied_at desc`,
    [relation],
  );
  const index = rows.findIndex((row) => row.kind === 'model');
  const row = rows[index];
  return (
    row && {
      changeId: row.id,
      memory: memoryOf(row.applied),
      after: row.after?.[relation],
      newest: index === 0,
    }
  );
}

/**
 * True when every row of the table was written by this build, or put back by the undo of a later one, and none is
 * missing but those that were erased by intent. An undo marks the ledger's row of its change in the transaction that puts the rows back, so that row's
 * xmin is theirs.
 */
export async function rowsAreOurs(
  session: ReadSession,
  relation: RelationName,
  table: string,
  memory: Pick<ModelMemory, 'xid' | 'rows'>,
  changeId: string,
): Promise<boolean> {
  const [row] = await session.query<{ total: string; foreign: string }>(
    `select count(*) as total, count(*) filter (where t.xmin <> all(ours.xids)) as foreign
       from only ${table} as t, (select array[$1::xid] || array_agg(c.xmin) as xids from sluice.change c
         where c.state = 'undone' and c.writes @> array[$2::text]) as ours`,
    [memory.xid, relation],
  );
  const { written: erased } = await erasedOf(session, changeId);
  return Number(row!.total) === memory.rows - erased && Number(row!.foreign) === 0;
}
