import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { fail, SluiceError } from '../../../schemas/errors';
import type { RunDocument } from '../../../schemas/run';
import type { Steering, SteeringAction } from '../../../schemas/steering';
import type { Subject } from '../../../store/identity/tickets';
import { asSluiceError, isLostService, problemIn } from '../failures';
import { unreachable } from '../unreachable';
import { patiently } from '../patience';
import type { Link } from '../stack';
import type { KnownRun } from './find';

/** Milliseconds for one attempt to reach a run, and for all of them. */
const ATTEMPT_MS = 10_000;
const PATIENCE_MS = 40_000;

/**
 * Tells a run that is under way to pause, go on, try again, or stop; the answer is the run as it is then. Who asks
 * travels as a ticket in the store, as a decision's does.
 * Throws `decision_unverified`, `decision_refused` (it does not fit the run as it is), `decision_late` (it has ended).
 */
export async function steer(
  link: Link,
  run: KnownRun,
  action: SteeringAction,
  subject: Subject,
): Promise<RunDocument> {
  const steering = await ticketed(link, run.runId, action, subject);
  const attempt = (): Promise<RunDocument> =>
    link.client.withDeadline(Date.now() + ATTEMPT_MS, () =>
      link.client.workflow
        .getHandle(run.workflowId, run.temporalRunId)
        .executeUpdate<RunDocument, [Steering]>('steer', { updateId: steering.id, args: [steering] }),
    );
  try {
    return await patiently(link, attempt, PATIENCE_MS);
  } catch (cause) {
    await link.store.identity.tickets.withdraw(steering.ticket).catch(() => undefined);
    if (cause instanceof WorkflowNotFoundError) throw over(run, cause);
    if (isLostService(cause))
      throw unreachable(`Run ${run.runId} cannot be told to ${action}: no worker answers.`, cause);
    const problem = problemIn(cause);
    throw problem ? new SluiceError(problem, { cause }) : asSluiceError(cause);
  }
}

/** What is asked of a run, with a ticket for exactly that. */
export async function ticketed(
  link: Link,
  runId: string,
  action: SteeringAction,
  subject: Subject,
): Promise<Steering & { ticket: string }> {
  const steering: Steering = { id: randomUUID(), action, by: subject.by, via: 'cli' };
  const ticket = await patiently(link, () => link.store.identity.tickets.write(runId, steering, subject));
  return { ...steering, ticket };
}

function over(run: KnownRun, cause: unknown): SluiceError {
  return fail('decision_late', `Run ${run.runId} has ended.`, {
    state: 'It stands as it ended.',
    next: `Look at it: sluice show ${run.runId}.`,
    cause,
  });
}
