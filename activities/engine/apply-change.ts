import { fail, SluiceError } from '../../schemas/errors';
import type { Applied, Change, Check } from '../../schemas/change';
import type { Capability, StepContext } from '../../capabilities/capability';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import type { Patience } from '../../warehouses/patience';
import { Effects } from '../../warehouses/postgres/effects';
import type { Place, WriteSession } from '../../warehouses/warehouse';
import { assertNoBystanders, countWrites } from './bystanders';
import { claim, readEntry, settle } from './ledger';
import { assertUnmoved, lockRelations } from './locks';
import { writePatiently } from './wait-for-locks';

export interface Settled {
  applied: Applied;
  checks: Check[];
}

export interface ApplyOptions {
  digest: string;
  run: { runId: string; goal: string };
  /** In a rehearsal: what it does to tables that others use is noted, in {@link Applied.observed}. */
  observe?: boolean;
  /** Decides what failed checks mean; default: {@link assertChecks}. Returns the checks to report. */
  judge?: (change: Change, checks: Check[]) => Check[];
  /** The last word before the commit, in its transaction: throws when what was done is more than may be. */
  limit?: (session: WriteSession, change: Change, applied: Applied) => Promise<void>;
  /** Test seam: called at named instants, so that a fault can be put exactly there. */
  probe?: (instant: 'claimed' | 'applied' | 'verified' | 'committed') => Promise<void> | void;
}

/** The name its session carries in pg_stat_activity: a later attempt finds and ends an older one by it. */
export function sessionName(changeId: string): string {
  return `sluice/${changeId}`;
}

/**
 * Applies a change in a place exactly once: claim in the ledger, lock, compare fingerprints, apply, see that nothing of
 * others was written, verify and settle in one transaction of the target. The same function rehearses (in the shadow) and runs (live). When the answer to
 * COMMIT is lost, or another attempt was faster, the ledger's row is the truth and is what is returned.
 */
export async function applyChange(
  place: Place,
  capability: Capability,
  change: Change,
  context: StepContext,
  options: ApplyOptions,
): Promise<Settled> {
  const name = sessionName(change.id);
  try {
    return await writePatiently(
      place,
      {
        applicationName: name,
        // Temporal gave up on an older attempt before it started this one: whatever it still does would be ignored.
        endOlder: [name],
        signal: context.signal,
      },
      context,
      (session, patience) => applyOnce(session, capability, change, { ...context, patience }, options),
    );
  } catch (cause) {
    if (!(cause instanceof SluiceError) || cause.code !== 'transient') throw cause;
    const settled = await place.read((session) => readSettled(session, change));
    if (settled) return settled;
    throw cause;
  }
}

async function applyOnce(
  session: WriteSession,
  capability: Capability,
  change: Change,
  context: StepContext & { patience: Patience },
  options: ApplyOptions,
): Promise<Settled> {
  if (!(await claim(session, change, options.run, options.digest))) {
    const settled = await readSettled(session, change);
    if (settled) return settled;
    throw fail('transient', `Another attempt at step "${change.step}" is not settled yet.`, {
      next: 'It is tried again by itself.',
    });
  }
  await options.probe?.('claimed');
  await lockRelations(session, change, context.patience);
  await assertUnmoved(session, change);
  const effects = options.observe === true ? await Effects.watch(session) : undefined;
  const ctx = { ...context, session, ...(effects && { effects }) };
  const before = await countWrites(session, change);
  const applied = await capability.apply(change, ctx);
  await effects?.note();
  if (effects) applied.observed = effects.found;
  await assertNoBystanders(session, change, before, 'apply');
  await options.probe?.('applied');
  const checks = (options.judge ?? assertChecks)(change, await capability.verify(change, applied, ctx));
  await options.limit?.(session, change, applied);
  await options.probe?.('verified');
  const after = await fingerprintRelations(session, [...change.writes].sort());
  await settle(session, change, { applied, checks, after });
  return { applied, checks };
}

/**
 * Throws `check_failed` naming every failed check. The change's own transaction is rolled back; what a change that only
 * reads has looked at is committed, and stays visible until the run takes it back.
 */
export function assertChecks(change: Pick<Change, 'step' | 'writes'>, checks: Check[]): Check[] {
  const failed = checks.filter((check) => !check.ok && check.severity === 'error');
  if (failed.length === 0) return checks;
  throw fail(
    'check_failed',
    `Step "${change.step}" did not pass: ${failed.map((check) => `${check.name}: ${check.message}`).join('; ')}.`,
    {
      state:
        change.writes.length > 0
          ? 'Its transaction was rolled back; readers never saw it.'
          : 'The check itself changed nothing. What earlier steps had made was committed: readers see it until it is taken back.',
      next: 'Correct the data or the expectation, and run the goal again.',
      step: change.step,
      faults: failed.map((check) => ({ path: check.name, message: check.message })),
    },
  );
}

async function readSettled(
  session: Parameters<typeof readEntry>[0],
  change: Change,
): Promise<Settled | undefined> {
  const entry = await readEntry(session, change.id);
  if (!entry || entry.state === 'applying') return undefined;
  if (entry.state === 'applied' && entry.applied)
    return { applied: entry.applied, checks: entry.checks ?? [] };
  throw fail('cancelled', `Step "${change.step}" was undone before this attempt could apply it.`, {
    next: 'Nothing; run the goal again if it is still wanted.',
    step: change.step,
  });
}
