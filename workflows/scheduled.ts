import {
  CancellationScope,
  log,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type { Admitted, Recorded, RunRequest } from '../schemas/life';

const SCHEDULED = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** ISO 8601: the time a schedule started this workflow for; `undefined` when none did. */
export function scheduledStart(): string | undefined {
  return workflowInfo().typedSearchAttributes.get(SCHEDULED)?.toISOString();
}

/** The time this workflow is for: a schedule's, else when it began. */
export function scheduledTime(): string {
  return scheduledStart() ?? workflowInfo().startTime.toISOString();
}

/**
 * The id of a run that was not given one: unique per execution. Schedules put their time behind the workflow's id, in
 * a form that no shell and no file name likes.
 */
export function ownRunId(): string {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const base = scheduledStart() === undefined ? workflowId : workflowId.replace(/[:.]/g, '').toLowerCase();
  return `${base}-${firstExecutionRunId.slice(0, 8)}`;
}

/** Starts what comes after this run, each once: the id says after which run. They live on their own. */
export async function startFollowers(
  { run, scheduledAt }: Admitted,
  // Histories from before there were followers hold nothing here.
  recorded: Recorded | undefined,
): Promise<void> {
  for (const { goal, bundle } of recorded?.followers ?? []) {
    const request: RunRequest = {
      sluice: 'run',
      bundle,
      mode: 'apply',
      by: `after ${run.runId}`,
      scheduledAt: scheduledAt ?? scheduledTime(),
    };
    const start = (): Promise<unknown> =>
      startChild('goal', {
        workflowId: `${goal}-after-${run.runId}`,
        args: [request],
        staticSummary: `apply ${goal}: after ${run.runId}`.slice(0, 100),
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      });
    await CancellationScope.nonCancellable(start).catch((cause: unknown) => {
      // It was started before: this run was reset. And whatever it is, this run has succeeded and stays so.
      if (!(cause instanceof WorkflowExecutionAlreadyStartedError))
        log.warn(`${goal} was not started after ${run.runId}: ${String(cause)}`);
    });
  }
}
