import { nextOpening as openingOf } from '../governance/policy/window';
import { fail } from '../schemas/errors';
import type { Opening, OpeningInput, RemindInput } from '../schemas/life';
import { tellOfWaiting } from './notify';
import { asActivity } from './run-context';
import type { Services } from './services';

/** Puts on the record that a run still waits for somebody, and for whom, and tells whoever wants to hear of it. */
export function remind(services: Services, input: RemindInput): Promise<void> {
  const { run, ...about } = input;
  return asActivity(services, { ...run }, async () => {
    await services.store.record.event(run.runId, 'reminded', 'sluice', about);
    services.log.info({ ...run, ...about }, 'still waits for a decision');
    await tellOfWaiting(services, input);
  });
}

/** When the change windows are open at once: a look at zones and calendars, which a workflow must not take itself. */
export function nextOpening(services: Services, input: OpeningInput): Promise<Opening> {
  return asActivity(services, { ...input.run }, () => {
    const now = new Date();
    const opens = openingOf(input.windows, now);
    if (!opens) {
      throw fail('policy_invalid', 'The change windows of this run are never open together.', {
        state: 'Nothing was applied.',
        next: 'Change the windows in the policy and run the goal again.',
      });
    }
    return Promise.resolve(opens.getTime() <= now.getTime() ? {} : { opensAt: opens.toISOString() });
  });
}
