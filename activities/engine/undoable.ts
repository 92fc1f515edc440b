import { fail, type SluiceError } from '../../schemas/errors';
import type { Change, RelationFingerprint, RelationName } from '../../schemas/change';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import type { ReadSession } from '../../warehouses/warehouse';
import { laterChanges, type LedgerEntry, sweptUndo } from './ledger';

/**
 * Throws `undo_refused` when an applied change has no undo, what it needs is gone, or a later run wrote to the same
 * relation. The ledger alone knows: no relation is looked at.
 */
export async function assertNothingStandsOn(
  session: ReadSession,
  change: Change,
  runId: string,
): Promise<void> {
  if (change.irreversible)
    throw undoRefused(
      change,
      'the step says itself that it cannot be (irreversible: true)',
      'Put right by hand what it did, or restore it from a backup. Steps of its run are undone together or not at all.',
    );
  const swept = await sweptUndo(session, change.id);
  if (swept) throw undoRefused(change, `${SWEPT[swept.because]} on ${swept.on}`, NO_WAY_BACK);
  const later = await laterChanges(session, change, runId);
  if (later.length === 0) return;
  const names = later.map((item) => `${item.relation} by step "${item.step}" of run ${item.runId}`);
  throw undoRefused(
    change,
    `later changes stand on it: ${names.join('; ')}`,
    `Undo ${later[0]!.runId} first (sluice undo ${later[0]!.runId}).`,
  );
}

/**
 * Throws `undo_refused` when the structure, owner or privileges are not those of right after the change, but for the
 * relations in `except`. Returns the fingerprints as they are.
 */
export async function assertAsApplied(
  session: ReadSession,
  change: Change,
  { after }: Pick<LedgerEntry, 'after'>,
  except: ReadonlySet<RelationName> = new Set(),
): Promise<Record<RelationName, RelationFingerprint>> {
  const then = Object.entries(after ?? {}).filter(([name]) => !except.has(name));
  const now = await fingerprintRelations(session, then.map(([name]) => name).sort());
  const moved = then.filter(([name, hash]) => now[name] !== hash);
  if (moved.length === 0) return now;
  throw undoRefused(
    change,
    `${moved.map(([name]) => name).join(', ')} changed in structure, owner or privileges since`,
    'Take that later change back by hand, then undo again.',
  );
}

const SWEPT = {
  retention: 'what was kept for it was swept at the end of its retention,',
  cap: 'what was kept for it was swept, being more than `retention.undoBytes` allows to be held,',
  erasure: 'what was kept for it was dropped when a person’s rows were erased,',
} as const;
const NO_WAY_BACK =
  'Restore it from a backup, or load or build it again from its source. `retention.undo` in sluice.config.yaml says how long undos are kept.';

export function undoRefused(change: Change, why: string, next: string, cause?: unknown): SluiceError {
  return fail('undo_refused', `Step "${change.step}" (${change.title}) cannot be undone: ${why}.`, {
    state: 'Nothing was undone; the run stands as it was.',
    next,
    step: change.step,
    place: change.writes[0],
    cause,
  });
}
