import type { Recorded, RunRef } from '../schemas/life';
import { FINAL_STATUSES, type RunDocument } from '../schemas/run';
import { tellOfEnd } from './notify';
import { emitEnd } from './lineage/run';
import { recoveryOf } from './ask/recovery';
import { asActivity } from './run-context';
import type { Services } from './services';
import { shadowOver } from './shadow';
import { activateStanding } from './standing';

/** Life of a run, 8: how it ended, in the store. Returns the goals that its success starts. */
export function record(
  services: Services,
  input: { run: RunRef; document: RunDocument; by: string },
): Promise<Recorded> {
  const { run, document } = input;
  return asActivity(services, { ...run, status: document.status }, async () => {
    const { store } = services;
    const { digest, error } = document;
    await store.together(
      store.runs.report(document),
      // The values by which rows were to be erased are not needed any more, however it ended.
      ...(FINAL_STATUSES.has(document.status) ? [store.erasures.forget(run.runId)] : []),
      // A run that was cancelled while its shadow was made does not know that it has one.
      shadowOver(services, run),
      ...emitEnd(services, run, document),
      store.record.event(run.runId, document.status, input.by, { digest, ...(error ? { error } : {}) }),
    );
    await tellOfEnd(services, run, document);
    services.log.info(
      { ...run, status: document.status, error: document.error?.code },
      `run ${document.status}`,
    );
    // Who takes back what was approved takes back that more of the same is.
    if (document.status === 'undone') await services.store.standing.revokeOf(run.runId, input.by);
    if (document.status !== 'succeeded') {
      const recovery = await recoveryOf(services, run, document, input.by);
      return { followers: [], ...(recovery ? { recovery } : {}) };
    }
    await activateStanding(services, run);
    const followers = await services.store.schedules.after(run.goal);
    return { followers: followers.map(({ goal, bundle }) => ({ goal, bundle })) };
  });
}
