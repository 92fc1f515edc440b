import type { Recorded, RecordInput } from '../schemas/life';
import { FINAL_STATUSES } from '../schemas/run';
import { tellOfEnd } from './notify';
import { emitEnd } from './lineage/run';
import { recoveryOf } from './ask/recovery';
import { asActivity } from './run-context';
import type { Services } from './services';
import { shadowOver } from './shadow';
import { activateStanding } from './standing';

/** Life of a run, 8: how it ended, in the store. Returns the goals that its success starts. */
export function record(services: Services, input: RecordInput): Promise<Recorded> {
  const { run, document, actor = { by: input.by } } = input;
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
      store.record.event(run.runId, document.status, actor.by, {
        digest,
        ...('verified' in actor ? { verified: actor.verified } : {}),
        ...(error ? { error } : {}),
      }),
    );
    await tellOfEnd(services, run, document);
    services.log.info(
      { ...run, status: document.status, error: document.error?.code },
      `run ${document.status}`,
    );
    // Undoing a run also revokes the standing approval that was granted with it.
    if (document.status === 'undone') await services.store.standing.revokeOf(run.runId, actor.by);
    if (document.status !== 'succeeded') {
      const recovery = await recoveryOf(services, run, document, input.by);
      return { followers: [], ...(recovery ? { recovery } : {}) };
    }
    // An undo that was a run of its own has come to its end; nothing is to follow it.
    if (document.undoes !== undefined) return { followers: [] };
    await activateStanding(services, run);
    const followers = await services.store.schedules.after(run.goal);
    return { followers: followers.map(({ goal, bundle }) => ({ goal, bundle })) };
  });
}
