import type { DecideInput } from '../schemas/life';
import { asActivity } from './run-context';
import type { Services } from './services';

/**
 * Records a decision, also a refused one. Returns false when an accepted decision of the same person for the same
 * proposal is on the record already (a workflow reset replays its signals): it must not count again.
 */
export function decide(services: Services, input: DecideInput): Promise<boolean> {
  const { run, decision, refused } = input;
  return asActivity(services, { ...run, by: decision.by }, async () => {
    const counted = await services.store.record.decision(run.runId, decision, refused);
    await services.store.record.event(run.runId, refused ? 'decision_refused' : 'decided', decision.by, {
      verdict: decision.verdict,
      digest: decision.digest,
      via: decision.via,
      ...(refused ? { reason: refused } : {}),
      ...(decision.comment === undefined ? {} : { comment: decision.comment }),
    });
    return counted;
  });
}
