import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { Capability, StepContext } from '../capabilities/capability';
import { fail } from '../schemas/errors';
import { once } from '../store/once';
import type { Change } from '../schemas/change';
import type { ChangeRef, RunRef } from '../schemas/life';
import type { Step } from '../schemas/goal';
import { LOCK_WAITS, type LockWaits } from '../warehouses/patience';
import type { Bundle, Services } from './services';
import { toFailure } from './errors';
import { assertUnderstood, outdated } from './outdated';
import { houseOf } from './house';

/** How often a running activity tells Temporal that it is alive, in milliseconds; well below the heartbeat timeout. */
const PULSE_MS = 1_000;

/** Rows of each source and of each touched table that a rehearsal sees. */
export const SAMPLE_ROWS = 1_000;

/** What an activity's body is given: to hear of cancellation, to show signs of life, to clean up whatever happens. */
export interface ActivityScope {
  readonly signal: AbortSignal;
  heartbeat(details?: unknown): void;
  /** Runs when the body has ended, newest first, also after a failure. */
  defer(cleanup: () => Promise<void>): void;
}

/**
 * Runs an activity's body with a steady heartbeat (which is also how cancellation arrives), and maps whatever it
 * throws. A cancelled activity reports as cancelled, whatever error the cancellation surfaced as.
 */
export async function asActivity<T>(
  services: Services,
  fields: Record<string, unknown>,
  body: (scope: ActivityScope) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const signal = context.cancellationSignal;
  let latest: unknown;
  const pulse = setInterval(() => context.heartbeat(latest), PULSE_MS);
  const { activityType, activityId, attempt, workflowExecution } = context.info;
  // Whichever attempt gets there: what it puts on the record is there once.
  const id = `${workflowExecution?.runId ?? ''}/${activityType}/${activityId}`;
  const cleanups: (() => Promise<void>)[] = [];
  try {
    const scope: ActivityScope = {
      signal,
      heartbeat: (details) => {
        latest = details;
      },
      defer: (cleanup) => cleanups.unshift(cleanup),
    };
    return await once(id, () => body(scope));
  } catch (cause) {
    if (signal.aborted)
      throw signal.reason instanceof CancelledFailure ? signal.reason : new CancelledFailure('cancelled');
    throw toFailure(cause, services.log, { ...fields, activity: activityType, attempt });
  } finally {
    clearInterval(pulse);
    for (const cleanup of cleanups) {
      await cleanup().catch((cause: unknown) =>
        services.log.warn({ ...fields, cause: String(cause) }, 'clean-up failed'),
      );
    }
  }
}

/** Bundles do not change (they are content-addressed), so a worker keeps the few newest parsed. */
const bundles = new Map<string, Bundle>();

export async function loadBundle(services: Services, run: { bundle: string }): Promise<Bundle> {
  const cached = bundles.get(run.bundle);
  if (cached) return cached;
  const bundle = await services.store.artifacts.getJson<Bundle>(run.bundle);
  assertUnderstood(bundle, services.registry);
  bundles.set(run.bundle, bundle);
  if (bundles.size > 50) bundles.delete(bundles.keys().next().value!);
  return bundle;
}

export function loadChange(services: Services, ref: ChangeRef): Promise<Change> {
  return services.store.artifacts.getJson<Change>(ref.ref);
}

export function stepOf(bundle: Bundle, id: string): Step {
  const step = bundle.goal.steps.find((candidate) => candidate.id === id);
  if (!step) throw fail('internal', `The goal has no step "${id}".`, { next: 'Report this.' });
  return step;
}

export function capabilityOf(services: Services, kind: string): Capability {
  const capability = services.registry.get(kind);
  if (!capability) {
    throw outdated(`the kind of step "${kind}"`);
  }
  return capability;
}

function lockWaitsOf({ config }: Bundle): LockWaits {
  const seconds = config.locks?.waitSeconds;
  return seconds === undefined ? LOCK_WAITS : { ...LOCK_WAITS, ceilingMs: seconds * 1_000 };
}

export function stepContext(
  services: Services,
  run: RunRef,
  bundle: Bundle,
  step: string,
  scope: ActivityScope,
  sampleRows?: number,
): StepContext {
  const sources = services.sources(bundle, sampleRows);
  scope.defer(() => sources.close());
  return {
    goal: run.goal,
    runId: run.runId,
    step,
    params: bundle.goal.params,
    sources,
    signal: scope.signal,
    lockWaits: lockWaitsOf(bundle),
    house: houseOf(services, bundle, run.runId, sampleRows !== undefined),
    heartbeat: (details) => scope.heartbeat(details),
  };
}
