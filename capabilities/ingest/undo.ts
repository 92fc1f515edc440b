import type { Applied, Change, RowCounts, Undone } from '../../schemas/change';
import { NO_ROWS } from '../../schemas/change';
import { quoteRelation } from '../../sql/quote';
import { erasedOf } from '../../warehouses/kept';
import { assertReachesNobody, statementOf, undoing, writeRows } from '../../warehouses/postgres/own-write';
import { quiet } from '../../warehouses/postgres/triggers';
import type { WriteContext } from '../capability';
import type { IngestBody } from './body';
import { dropCreated } from './drop-created';
import { explained } from './failures';
import type { Detail } from './record';
import { refused } from './refused';
import { restoreRows } from './restore';
import { putSequencesBack } from './sequences';
import * as sql from './statements';

/**
 * Takes a load back: its rows go, rows that it updated or replaced are as they were, its record says `undone` (so that
 * the next load goes on from where the one before ended), what it set aside is gone.
 * Its rows only come back or go, so the table's own triggers are not fired. Throws `undo_refused` when a row of the load
 * was changed or deleted since, or when rows of others hang on one: then nothing is undone.
 */
export async function undo(change: Change<IngestBody>, applied: Applied, ctx: WriteContext): Promise<Undone> {
  const { body } = change;
  const detail = applied.detail as unknown as Detail;
  const { session } = ctx;
  const mine = await xidsOf(change.id, ctx);
  const rows: RowCounts = { ...NO_ROWS };
  // Rows that were erased by intent are not missing.
  const erased = await erasedOf(session, change.id);
  const wasMine = await assertUntouched(change, applied, mine, erased.written, ctx);
  await explained(change, async () => {
    if (detail.created !== undefined) {
      rows.deleted = wasMine;
      await dropCreated(change, detail, ctx);
      return;
    }
    const isMine = `xmin = any('{${mine.join(',')}}'::xid[])`;
    const triggers = await quiet(session, body.relation);
    if (detail.before !== undefined) {
      const restored = sql.restoredRows(body, detail.before, isMine);
      await assertReachesNobody(session, restored, undoing(change));
      // A table of nothing but its key has no row that could have been updated.
      const some = Object.keys(restored.set ?? {}).length > 0;
      if (some)
        rows.updated = await restoreRows(change, detail.before, ctx, (which) =>
          statementOf(restored, which('b.')),
        );
      expect(change, 'updated rows could be put back', applied.rows.updated - erased.before, rows.updated);
    }
    rows.deleted = await writeRows(session, sql.loadedRows(body, isMine), undoing(change));
    // A row whose state before was erased has none to go back to: it goes.
    expect(change, 'loaded rows are there', wasMine - rows.updated, rows.deleted);
    if (detail.trash !== undefined) {
      rows.inserted = await restoreRows(change, detail.trash, ctx, (which) =>
        sql.restoreAll(body, detail.trash!, ` where ${which('')}`),
      );
      expect(change, 'replaced rows could be put back', applied.rows.deleted - erased.trash, rows.inserted);
    }
    await triggers.again();
    for (const kept of [detail.before, detail.trash])
      if (kept !== undefined) await session.execute(`drop table ${kept}`);
  });
  await putSequencesBack(detail.sequences ?? [], session);
  await session.execute('update sluice.load set undone = true where load_id = $1', [change.id]);
  await session.execute('delete from sluice.load_xid where load_id = $1', [change.id]);
  rows.quarantined = await session.execute('delete from sluice.quarantine where load_id = $1', [change.id]);
  return { rows };
}

/** Ids of the transactions whose rows are the load's: digits only. */
async function xidsOf(loadId: string, ctx: WriteContext): Promise<string[]> {
  const rows = await ctx.session.query<{ xid: string }>(
    `select xid::xid::text as xid from sluice.load where load_id = $1
      union select xid::text from sluice.load_xid where load_id = $1 order by 1`,
    [loadId],
  );
  return rows.map((row) => row.xid);
}

/** Throws where others changed its rows; else says how many of them are there. */
async function assertUntouched(
  change: Change<IngestBody>,
  applied: Applied,
  mine: readonly string[],
  erased: number,
  ctx: WriteContext,
): Promise<number> {
  const { relation, create } = change.body;
  const [now] = await ctx.session.query<{ mine: string; others: string }>(
    `select count(*) filter (where xmin = any($1::xid[])) as mine,
            count(*) filter (where xmin <> all($1::xid[])) as others from ${quoteRelation(relation)}`,
    [mine],
  );
  const written = applied.rows.inserted + applied.rows.updated - erased;
  const [found, others] = [Number(now!.mine), Number(now!.others)];
  if (found !== written) {
    const gone = written - found;
    throw refused(
      change,
      `${gone} of the ${written} rows it wrote in ${relation} ${gone === 1 ? 'was' : 'were'} changed or deleted by others since`,
      'Take those changes back first, or remove the load’s rows by hand.',
    );
  }
  if (create && others > 0) {
    throw refused(
      change,
      `it created ${relation}, in which there ${others === 1 ? 'is 1 row' : `are ${others} rows`} of others now`,
      'Move those rows elsewhere, or keep the table and delete the load’s rows by hand.',
    );
  }
  return found;
}

function expect(change: Change<IngestBody>, what: string, wanted: number, found: number): void {
  if (wanted === found) return;
  throw refused(
    change,
    `only ${found} of ${wanted} ${what} in ${change.body.relation}`,
    'Look at what changes its rows (triggers, rules, row security), then undo again.',
  );
}
