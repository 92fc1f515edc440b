import { bindTime } from '../capabilities/time-params';
import { fail } from '../schemas/errors';
import type { Bundle, Services } from './services';

interface Stored {
  ref: string;
  bundle: Bundle;
}

/**
 * The bundle of a run that is for a certain time (ISO 8601): parameters that say `from: schedule` are bound into a
 * bundle of its own, so that all that follows is as for any other run. Throws `invalid_goal` when there is no time and
 * a parameter needs one.
 */
export async function atTime(services: Services, stored: Stored, scheduledAt?: string): Promise<Stored> {
  const { goal } = stored.bundle;
  const { timeParams } = goal;
  if (!timeParams) return stored;
  if (scheduledAt === undefined) {
    const unbound = Object.keys(timeParams).find((name) => !Object.hasOwn(goal.params, name));
    if (unbound === undefined) return stored;
    throw fail(
      'invalid_goal',
      `The parameter "${unbound}" is bound by a schedule, and no schedule started this run.`,
      {
        next: 'Start it by its schedule (sluice schedule trigger), or give the parameter a default.',
        place: `params.${unbound}`,
      },
    );
  }
  const zone = goal.schedule?.timezone ?? goal.trigger?.timezone ?? 'UTC';
  const bound = bindTime(timeParams, Date.parse(scheduledAt), zone);
  const bundle = { ...stored.bundle, goal: { ...goal, params: { ...goal.params, ...bound } } };
  return { bundle, ref: await services.store.artifacts.putJson('bundle', bundle) };
}
