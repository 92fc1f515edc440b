import type { Registry } from '../capabilities/document';
import { fail, type SluiceError } from '../schemas/errors';
import type { Bundle } from './services';

/** The newest form of a bundle that this code reads. One that another form needs says so in `format`. */
export const BUNDLE_FORMAT = 1;

/**
 * While an upgrade rolls, a worker of the last version meets runs of the next one. It must neither guess nor end
 * them: the failure is retryable, and the attempt that reaches a newer worker goes on.
 * @throws `worker_outdated`
 */
export function assertUnderstood(bundle: Bundle, registry: Registry): void {
  const format = bundle.format ?? 1;
  if (format > BUNDLE_FORMAT) throw outdated(`bundles of format ${format} (it reads up to ${BUNDLE_FORMAT})`);
  for (const step of bundle.goal.steps) {
    if (!registry.has(step.kind)) throw outdated(`the kind of step "${step.kind}"`, step.id);
  }
}

export function outdated(what: string, step?: string): SluiceError {
  return fail('worker_outdated', `A worker that was asked does not know ${what}: it is older than the run.`, {
    state: 'Nothing was changed by this attempt; it is given to the next worker that asks.',
    next: 'Finish the upgrade of the workers (`sluice deploy list` shows their versions), then run the goal again.',
    ...(step === undefined ? {} : { step }),
  });
}
