import { workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Admitted, Recorded, RunRequest } from '../schemas/life';
import { onItsOwn, startAside } from './on-its-own';

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

/** Starts what comes after this run, each once: the id says after which run. */
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
    const words = `apply ${goal}: after ${run.runId}`;
    await startAside('goal', request, onItsOwn(`${goal}-after-${run.runId}`, words));
  }
}
