import type { DecideInput } from '../schemas/life';
import type { Counted } from '../schemas/run';
import { asActivity } from './run-context';
import type { Services } from './services';
import { grantStanding } from './standing';

/**
 * Records a decision, also a refused one. It does not count when an accepted decision of the same person for the same
 * proposal is on the record already (a workflow reset replays its signals): it must not count again.
 */
export function decide(services: Services, input: DecideInput): Promise<Counted> {
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
    const voter = { by: decision.by, verified: false, roles: [] };
    if (counted && !refused) await grantStanding(services, run, decision, voter);
    return { counted, voter };
  });
}
