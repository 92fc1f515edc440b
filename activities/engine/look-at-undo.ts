import type { Change, RelationFingerprint, RelationName, RowCounts } from '../../schemas/change';
import type { ReadSession } from '../../warehouses/warehouse';
import { readEntry } from './ledger';
import { assertNothingStandsOn, assertAsApplied } from './undoable';

/** What an undo would find. */
export interface UndoLook {
  /** The changes that stand, the last one first, each with what its apply did. */
  standing: { change: Change; rows: RowCounts }[];
  /** Of everything they wrote, as it is now. */
  fingerprints: Record<RelationName, RelationFingerprint>;
}

/**
 * Looks at what taking back these changes of a run would do, and does nothing. Throws `undo_refused` where it is
 * certain already that the undo would be: nobody is asked to approve that.
 */
export async function lookAtUndo(
  session: ReadSession,
  changes: readonly Change[],
  runId: string,
): Promise<UndoLook> {
  const standing: UndoLook['standing'] = [];
  const fingerprints: UndoLook['fingerprints'] = {};
  // What a later change of the run has changed again is compared by the undo itself, once that one is undone.
  const changedAgain = new Set<RelationName>();
  for (const change of [...changes].reverse()) {
    const entry = await readEntry(session, change.id);
    if (entry?.state !== 'applied' || !entry.applied) continue;
    await assertNothingStandsOn(session, change, runId);
    Object.assign(fingerprints, await assertAsApplied(session, change, entry, changedAgain));
    for (const name of Object.keys(entry.after ?? {})) changedAgain.add(name);
    standing.push({ change, rows: entry.applied.rows });
  }
  return { standing, fingerprints };
}
