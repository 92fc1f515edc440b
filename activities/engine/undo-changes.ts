import { SluiceError } from '../../schemas/errors';
import type { Change, RowCounts } from '../../schemas/change';
import type { Effect } from '../../schemas/effect';
import type { Capability, StepContext } from '../../capabilities/capability';
import type { Patience } from '../../warehouses/patience';
import { Effects } from '../../warehouses/postgres/effects';
import type { Place, WriteSession } from '../../warehouses/warehouse';
import { sessionName } from './apply-change';
import { forgetKept } from '../../warehouses/kept';
import { assertNoBystanders, countWrites } from './bystanders';
import { erasedSince, takeOutErased } from './erased';
import { lockForUndo, markUndone, reportCounts } from './ledger';
import { lockRelations } from './locks';
import { assertAsApplied, assertNothingStandsOn, undoRefused } from './undoable';
import { writePatiently } from './wait-for-locks';

export interface UndoStep {
  change: Change;
  capability: Capability;
  context: StepContext;
}

export interface UndoneStep {
  step: string;
  rows: RowCounts;
  /** In a rehearsal: what it did to tables that others use. */
  observed?: Effect[];
}

/** The run whose changes are undone. */
export interface UndoneFor {
  runId: string;
  goal: string;
  /** The id of this undo, the same each time it is tried: one whose answer was lost says again what it has undone. */
  undoId?: string;
  /** In a rehearsal: what it does to tables that others use is noted. */
  observe?: boolean;
}

/**
 * Undoes changes in reverse of the order given, in one transaction of the target: all of them, or none. A change
 * that never happened gets a tombstone, so that it never will; one that another undo took back is skipped. Throws
 * `undo_refused`, naming what stands in the way, when others have built on what would be taken away.
 */
export async function undoChanges(
  place: Place,
  steps: readonly UndoStep[],
  run: UndoneFor,
): Promise<UndoneStep[]> {
  const last = steps.at(-1);
  if (!last) return [];
  const name = `sluice/undo/${run.runId}`;
  return writePatiently(
    place,
    {
      applicationName: name,
      // The claim waits for an attempt that is still running; there is no point in letting it finish.
      endOlder: [...steps.map((step) => sessionName(step.change.id)), name],
      signal: last.context.signal,
    },
    last.context,
    async (session, patience) => {
      const undone: UndoneStep[] = [];
      for (const step of [...steps].reverse()) {
        const done = await undoOne(session, step, run, patience);
        if (done) undone.push({ step: step.change.step, ...done });
      }
      await reportCounts(session);
      return undone;
    },
  );
}

async function undoOne(
  session: WriteSession,
  step: UndoStep,
  run: UndoneFor,
  patience: Patience,
): Promise<Omit<UndoneStep, 'step'> | undefined> {
  const { change, capability, context } = step;
  const entry = await lockForUndo(session, change, run);
  if (entry?.state === 'undone' && run.undoId !== undefined && entry.undone?.by === run.undoId) {
    const { rows, observed } = entry.undone;
    return { rows, ...(observed && { observed }) };
  }
  if (!entry || entry.state !== 'applied' || !entry.applied) return undefined;
  await assertNothingStandsOn(session, change, run.runId);
  await lockRelations(session, { reads: [], writes: change.writes }, patience);
  await assertAsApplied(session, change, entry);
  try {
    const before = await countWrites(session, change);
    const erased = await erasedSince(session, change);
    const effects = run.observe === true ? await Effects.watch(session) : undefined;
    const ctx = { ...context, session, patience, ...(effects && { effects }) };
    const { rows } = await capability.undo(change, entry.applied, ctx);
    await effects?.note();
    const done = { rows, ...(effects && { observed: effects.found }) };
    if (erased) await takeOutErased(session, change, erased, context.house?.erasure);
    // What is put off to the commit is done, or refused, where it can still be said of this step.
    await session.execute('set constraints all immediate');
    await assertNoBystanders(session, change, before, 'undo');
    await forgetKept(session, change.id);
    await markUndone(session, change.id, { by: run.undoId, ...done });
    return done;
  } catch (cause) {
    const constraint = violated(cause);
    if (constraint !== undefined)
      throw undoRefused(
        change,
        `rows of others depend on its rows (${constraint})`,
        'Remove those rows, then undo again.',
        cause,
      );
    if (cause instanceof SluiceError && cause.problem.step === undefined) {
      throw new SluiceError({ ...cause.problem, step: change.step }, { cause });
    }
    throw cause;
  }
}

/** The constraint that rows of others hold against the undo; `undefined`: it failed for another reason. */
function violated(cause: unknown): string | undefined {
  if (!(cause instanceof SluiceError) || cause.code === 'undo_refused') return undefined;
  const { code, constraint, table } = (cause.cause ?? {}) as Record<
    'code' | 'constraint' | 'table',
    string | undefined
  >;
  return code?.startsWith('23') ? `constraint ${constraint ?? code} of ${table ?? 'a table'}` : undefined;
}
