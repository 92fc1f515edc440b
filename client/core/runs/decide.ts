import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { fail, SluiceError, type Problem } from '../../../schemas/errors';
import { FINAL_STATUSES, type Decision, type RunDocument } from '../../../schemas/run';
import type { Subject } from '../../../store/identity/tickets';
import { asSluiceError, isLostService, problemIn } from '../failures';
import { unreachable } from '../unreachable';
import { patiently } from '../patience';
import type { Link } from '../stack';
import { type KnownRun, rowOf } from './find';

/** Milliseconds for one attempt to deliver a decision, and for all of them. */
const ATTEMPT_MS = 10_000;
const PATIENCE_MS = 40_000;

export type Verdict = Pick<
  Decision,
  'verdict' | 'digest' | 'by' | 'comment' | 'confirm' | 'allowDestructive' | 'standing'
> & {
  /** Who was authenticated; without it `by` is nobody's word but the caller's. */
  subject?: Subject;
};

/**
 * Delivers a decision to a waiting run; the answer is the run as it is then. Who decides travels as a ticket in the
 * store: no credential enters the workflow's history. What is refused changes nothing and goes on the record: a
 * rejected update leaves no trace in the workflow's own history.
 * Throws `decision_stale`, `decision_unidentified`, `decision_duplicate`, `decision_late`, `decision_refused`,
 * `decision_unverified`.
 */
export async function decide(link: Link, run: KnownRun, verdict: Verdict): Promise<RunDocument> {
  const { subject = anybody(verdict.by), ...says } = verdict;
  const decision: Decision = { ...says, by: subject.by, id: randomUUID(), via: 'cli' };
  const row = await patiently(link, () => rowOf(link, run));
  try {
    if (row && FINAL_STATUSES.has(row.status)) throw late(run, row.status);
    decision.ticket = await patiently(link, () =>
      link.store.identity.tickets.write(run.runId, decision, subject),
    );
    return await deliver(link, run, decision);
  } catch (cause) {
    const problem: Problem | undefined =
      cause instanceof WorkflowNotFoundError ? late(run).problem : problemIn(cause);
    if (!problem) throw asSluiceError(cause);
    if (problem.code.startsWith('decision_'))
      await putOnRecord(link, run, decision, problem).catch(() => undefined);
    throw new SluiceError(problem, { cause });
  }
}

/** The decision's id is the update's: delivering it again after a lost answer does not make it two. */
async function deliver(link: Link, run: KnownRun, decision: Decision): Promise<RunDocument> {
  const attempt = (): Promise<RunDocument> =>
    link.client.withDeadline(Date.now() + ATTEMPT_MS, () =>
      link.client.workflow
        .getHandle(run.workflowId, run.temporalRunId)
        .executeUpdate<RunDocument, [Decision]>('decide', { updateId: decision.id, args: [decision] }),
    );
  try {
    return await patiently(link, attempt, PATIENCE_MS);
  } catch (cause) {
    throw isLostService(cause) ? undelivered(run, cause) : cause;
  }
}

async function putOnRecord(link: Link, run: KnownRun, decision: Decision, problem: Problem): Promise<void> {
  await link.store.decisions.putRefused(run.runId, decision, problem.code);
  if (decision.ticket !== undefined) await link.store.identity.tickets.withdraw(decision.ticket);
}

/** Also of somebody who is only said to decide there is a ticket: it tells a new decision from one used before. */
function anybody(by: string): Subject {
  return { by, verified: false, roles: [], method: 'os' };
}

function late(run: KnownRun, status?: string): SluiceError {
  return fail(
    'decision_late',
    `Run ${run.runId} ${status === undefined ? 'has ended' : `is ${status}`}: there is nothing left to decide on.`,
    {
      state: 'The decision was not counted.',
      next: 'Run the goal again for a new proposal.',
    },
  );
}

function undelivered(run: KnownRun, cause: unknown): SluiceError {
  const lost = unreachable(
    `The decision on run ${run.runId} could not be delivered: no worker answers.`,
    cause,
  );
  return new SluiceError(
    { ...lost.problem, state: 'Whether it was counted is not known; deciding again cannot count it twice.' },
    { cause },
  );
}
