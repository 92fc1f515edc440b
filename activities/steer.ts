import { Context } from '@temporalio/activity';
import type { SteerInput } from '../schemas/life';
import type { Steered } from '../schemas/steering';
import { countsOnlyVerified } from './guarded';
import { asActivity } from './run-context';
import type { Services } from './services';

/**
 * Somebody asked a run to pause, go on, try again or stop: puts it on the record, also where it is refused, and says
 * who it was. In a protected environment only a verified identity is obeyed.
 */
export function steer(services: Services, { run, steering, refused }: SteerInput): Promise<Steered> {
  return asActivity(services, { ...run, by: steering.by, action: steering.action }, async () =>
    services.store.steering.put({
      runId: run.runId,
      steering,
      execution: Context.current().info.workflowExecution?.runId ?? '',
      verifiedOnly: refused === undefined && (await countsOnlyVerified(services, run)),
      refused,
    }),
  );
}
