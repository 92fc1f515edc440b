import { Context } from '@temporalio/activity';
import type { Change } from '../schemas/change';
import type { RunRef, CloseShadowInput } from '../schemas/life';
import type { Doubt, RehearsalReport } from '../schemas/run';
import { ERROR_CODES, fail, SluiceError } from '../schemas/errors';
import type { Actor } from '../store/shadows';
import type { Write } from '../store/write';
import { costOf, sizesOf } from './engine/observed';
import { undoChanges, type UndoneStep } from './engine/undo-changes';
import { asActivity, capabilityOf, loadBundle, loadChange, SAMPLE_ROWS, stepContext } from './run-context';
import type { Services } from './services';
import { gapsNear } from '../warehouses/postgres/shadow/gaps';
import type { Shadow, Warehouse } from '../warehouses/warehouse';

/** A worker holds at most so many shadows open; one that is taken up elsewhere is closed when it is the oldest. */
const OPEN_SHADOWS = 16;

function keep(services: Services, run: RunRef, shadow: Shadow): void {
  services.shadows.set(run.runId, shadow);
  for (const [runId, oldest] of services.shadows) {
    if (services.shadows.size <= OPEN_SHADOWS) return;
    services.shadows.delete(runId);
    services.later('closing a shadow', () => oldest.close());
  }
}

/** Who this activity is, to be told from attempts at the same that were given up and may still be under way. */
function self(): Actor {
  const { workflowExecution, activityId, attempt } = Context.current().info;
  return { execution: workflowExecution?.runId ?? '', activity: Number(activityId) || 0, attempt };
}

/** Makes the run's shadow (idempotent: a retry starts from a fresh one). Returns what the shadow lacks. */
export function openShadow(services: Services, run: RunRef): Promise<{ gaps: string[] }> {
  return asActivity(services, { ...run }, async () => {
    const warehouse = await services.warehouse(await loadBundle(services, run));
    const [me, book] = [self(), services.store.shadows];
    if (!(await book.opening(run, me))) throw gone();
    await services.shadows.get(run.runId)?.close();
    const { shadow, gaps } = await warehouse.openShadow(run.runId, () => book.isWanted(run.runId, me));
    keep(services, run, shadow);
    return { gaps };
  });
}

/**
 * When the rehearsal is over, or the run has ended before it was. Idempotent. Nobody waits for the database to go (the
 * server writes a checkpoint for it, which is nothing to keep a run for): that it has to is on record, so that another
 * worker does it when this one dies.
 */
export function dropShadow(services: Services, run: RunRef): Promise<void> {
  return asActivity(services, { ...run }, async () => {
    await shadowOver(services, run);
    const shadow = services.shadows.get(run.runId);
    services.shadows.delete(run.runId);
    services.later('dropping a shadow', async () => {
      await shadow?.close();
      await dropIfOver(services, run);
    });
  });
}

/** Puts on record that nobody needs the run's shadow any more, if it has one. Within an activity of the run. */
export function shadowOver(services: Services, run: RunRef): Write {
  return services.store.shadows.over(run.runId, self());
}

/** Drops the database of a shadow that is over; whoever else makes or drops it now is left to it. */
export async function dropIfOver(services: Services, run: Pick<RunRef, 'runId' | 'bundle'>): Promise<void> {
  const { shadows } = services.store;
  const warehouse = await services.warehouse(await loadBundle(services, run));
  const dropped = await warehouse.dropShadow(run.runId, () => shadows.isOver(run.runId));
  if (dropped) await shadows.gone(run.runId);
}

/** Lends the run's shadow, connecting to it if another worker made it. */
export async function withShadow<T>(
  services: Services,
  warehouse: Warehouse,
  run: RunRef,
  work: (shadow: Shadow) => Promise<T>,
): Promise<T> {
  let shadow = services.shadows.get(run.runId);
  if (!shadow) {
    shadow = await warehouse.reopenShadow(run.runId);
    if (!shadow) throw gone();
    keep(services, run, shadow);
  }
  try {
    return await work(shadow);
  } catch (cause) {
    // A connection that is made anew finds no database: what is missing is the shadow, nothing that the goal names.
    if (!(cause instanceof SluiceError) || cause.code !== 'not_found') throw cause;
    const still = await warehouse.reopenShadow(run.runId);
    await still?.close();
    throw still ? cause : gone(cause);
  }
}

function gone(cause?: Error): SluiceError {
  return fail(
    'rehearsal_failed',
    'The shadow of this run is gone (it expired, or was dropped by hand or for an erasure).',
    {
      next: 'Run the goal again; a new shadow is made.',
      cause,
    },
  );
}

/**
 * Life of a run, 4, second half: everything that was rehearsed is undone in reverse, and the shadow compared with
 * what it was before: that is the proof. Idempotent: what is undone already is passed over.
 */
export function closeShadow(services: Services, input: CloseShadowInput): Promise<RehearsalReport> {
  const { run, changes } = input;
  return asActivity(services, { ...run }, async (scope) => {
    const bundle = await loadBundle(services, run);
    const warehouse = await services.warehouse(bundle);
    const rehearsal = await withShadow(services, warehouse, run, async (shadow) => {
      const steps = await Promise.all(
        changes.map(async (ref) => ({
          change: await loadChange(services, ref),
          capability: capabilityOf(services, ref.kind),
          context: stepContext(services, run, bundle, ref.step, scope, SAMPLE_ROWS),
        })),
      );
      const final = steps.filter(({ change }) => change.irreversible).map(({ change }) => change.step);
      if (final.length > 0) return notUndone(input, final, await doubtsOf(warehouse, input));
      const undone: UndoneStep[] = [];
      const rehearsal = { ...run, undoId: `rehearsal of ${run.runId}`, observe: true };
      const undo = await undoChanges(shadow, steps, rehearsal).then(
        (done) => void undone.push(...done),
        (cause: Error) => cause,
      );
      // A server that was away proves nothing either way: the activity is tried again.
      if (undo !== undefined && (scope.signal.aborted || isPassing(undo))) throw undo;
      if (isForbidden(undo)) throw asRefusal(undo);
      const undoCheck = {
        name: 'undo ran',
        ok: undo === undefined,
        severity: 'warning' as const,
        message: undo === undefined ? 'every change was undone in reverse order' : messageOf(undo),
      };
      const compared = undo === undefined ? await shadow.compareWithBefore() : [];
      const checks = [undoCheck, ...compared];
      return {
        ...report(input, checks, [...failedOf(checks), ...(await doubtsOf(warehouse, input))]),
        undoes: await undoCosts(
          warehouse,
          steps.map(({ change }) => change),
          undone,
        ),
      };
    });
    return asSimulated(rehearsal, await warehouse.simulates());
  });
}

/** On another major than the warehouse's, what was proven was proven for that. */
function asSimulated(report: RehearsalReport, simulated: string | undefined): RehearsalReport {
  if (simulated === undefined) return report;
  return { ...report, simulated, status: report.status === 'proven' ? 'simulated' : report.status };
}

/** A run with a step that says that it cannot be undone is rehearsed up to there: the others are undone with it or not at all. */
function notUndone(
  input: CloseShadowInput,
  final: readonly string[],
  openDoubts: readonly Doubt[],
): RehearsalReport {
  const named = final.map((step) => `"${step}"`).join(', ');
  const why = `step ${named} of this run says itself that it cannot be undone, and steps of a run are undone together or not at all`;
  const check = { name: 'undo', ok: false, severity: 'warning' as const, message: `not tried: ${why}` };
  return report(input, [check], [...input.changes.map(({ step }) => ({ step, why })), ...openDoubts]);
}

/** What the undo of each step does to others, over the size of the live tables. */
async function undoCosts(
  { live }: Warehouse,
  changes: readonly Change[],
  undone: readonly UndoneStep[],
): Promise<NonNullable<RehearsalReport['undoes']>> {
  const all = undone.flatMap(({ observed = [] }) => observed);
  const sizes = await live.read((session) => sizesOf(session, all));
  return undone.map(({ step, observed = [] }) => {
    const { estimate } = changes.find((change) => change.step === step)!;
    return { step, ...costOf(observed, sizes, estimate) };
  });
}

function isPassing(cause: Error): boolean {
  return cause instanceof SluiceError && cause.code !== 'internal' && ERROR_CODES[cause.code].retryable;
}

/** What the set-up of the warehouse forbids (rights, publications) is no undo that loses something: there is none. */
function isForbidden(cause: Error | undefined): cause is SluiceError {
  return cause instanceof SluiceError && ['permission_denied', 'target_mismatch'].includes(cause.code);
}

function asRefusal(cause: SluiceError): SluiceError {
  return new SluiceError(
    {
      ...cause.problem,
      code: 'rehearsal_failed',
      message: `It could not be undone at all, as the rehearsal shows: ${cause.message}`,
      state: 'It happened on the shadow, which is dropped; the warehouse was not touched.',
    },
    { cause },
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

const failedOf = (checks: RehearsalReport['checks']): Doubt[] =>
  checks.filter((check) => !check.ok).map(({ name, message }) => ({ why: `${name}: ${message}` }));

function report(
  input: CloseShadowInput,
  undoChecks: RehearsalReport['checks'],
  found: readonly Doubt[],
): RehearsalReport {
  const gaps = [...input.openGaps, ...input.rehearsed.flatMap((step) => step.gaps)];
  const doubts: Doubt[] = [
    ...found,
    ...input.rehearsed.flatMap(({ unseen = [] }, index) =>
      unseen.map((what) => ({
        step: input.changes[index]!.step,
        why: `it did not see ${what}`,
        unseen: true as const,
      })),
    ),
  ];
  const undoProven = doubts.length === 0;
  const sampled = [...new Set(input.rehearsed.flatMap((step) => step.sampled))];
  return {
    status: undoProven ? 'proven' : 'unproven',
    undoProven,
    ...(undoProven ? {} : { doubts }),
    checks: [...input.rehearsed.flatMap((step) => step.checks), ...undoChecks],
    covers: [
      'structure, owners, privileges and comments of every user schema',
      'rows of every touched table, compared as multisets',
      ...sampled,
    ],
    gaps: [...new Set(gaps)],
  };
}

/** What the shadow lacks, where a change can come near it. */
function doubtsOf(warehouse: Warehouse, { changes, openGaps }: CloseShadowInput): Promise<Doubt[]> {
  if (openGaps.length === 0) return Promise.resolve([]);
  return warehouse.live.read(async (session) => {
    const doubts: Doubt[] = [];
    for (const { step, reads, writes } of changes) {
      const near = await gapsNear(session, openGaps, [...reads, ...writes]);
      doubts.push(...near.map((why) => ({ step, why })));
    }
    return doubts;
  });
}
