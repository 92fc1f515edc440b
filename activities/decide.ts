import { Context } from '@temporalio/activity';
import type { DecideInput, RunRef } from '../schemas/life';
import type { Counted, Proposal } from '../schemas/run';
import { emitDecided } from './lineage/run';
import { asActivity, loadBundle } from './run-context';
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
      verifiedOnly: refused === undefined && (await verifiedOnly(services, run)),
    });
    await Promise.all([
      emitDecided(services, run, decision, answer),
      answer.counted ? grantStanding(services, run, decision, answer.voter) : undefined,
    ]);
    return answer;
  });
}

/** Invariant 7: in a `protected` environment nobody's mere word counts; elsewhere policy may ask for the same. */
async function verifiedOnly(services: Services, run: RunRef): Promise<boolean> {
  const { goal, config } = await loadBundle(services, run);
  const connection = config.connections[goal.warehouse];
  if (connection?.kind === 'postgres' && connection.environment === 'protected') return true;
  const ref = (await services.store.runs.get(run.runId))?.proposal;
  if (!ref) return false;
  const { gates } = await services.store.artifacts.getJson<Proposal>(ref);
  return gates.some((gate) => gate.verified === true);
}
