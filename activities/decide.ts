import { Context } from '@temporalio/activity';
import type { DecideInput } from '../schemas/life';
import type { Counted } from '../schemas/run';
import { countsOnlyVerified } from './guarded';
import { emitDecided } from './lineage/run';
import { asActivity } from './run-context';
import type { Services } from './services';
import { grantStanding } from './standing';

/**
 * Life of a run, 5: puts a decision on the record, also a refused one, redeems the ticket that says who decides, and
 * answers whether it counts and for whom. A decision counts in one execution of the workflow only: a reset applies
 * updates and signals again, and what was counted before must not be counted again.
 */
export function decide(services: Services, input: DecideInput): Promise<Counted> {
  const { run, decision, refused } = input;
  return asActivity(services, { ...run, by: decision.by }, async () => {
    // A worker of the last version may have started the activity; every one is started by a workflow.
    const execution = Context.current().info.workflowExecution?.runId ?? '';
    const answer = await services.store.decisions.put({
      runId: run.runId,
      decision,
      execution,
      refused,
      verifiedOnly: refused === undefined && (await countsOnlyVerified(services, run)),
    });
    await Promise.all([
      emitDecided(services, run, decision, answer),
      answer.counted ? grantStanding(services, run, decision, answer.voter) : undefined,
    ]);
    return answer;
  });
}
