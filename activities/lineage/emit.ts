import { runEvent, type EventParts, type EventType } from '../../lineage/openlineage/events';
import { olRunId, olStepId } from '../../lineage/openlineage/uuid';
import type { Goal } from '../../schemas/goal';
import type { RunRef } from '../../schemas/life';
import type { KeyedEvent } from '../../store/lineage/log';
import { onceKey } from '../../store/once';
import type { Bundle, Services } from '../services';

/** An event of one OpenLineage run. RUNNING may come several times, each other type once. */
export function keyed(services: Services, parts: Omit<EventParts, 'at'> & { at?: Date }): KeyedEvent {
  const key = `${parts.olRun}/${parts.type}`;
  return {
    key: parts.type === 'RUNNING' ? `${key}/${onceKey(`lineage/${parts.olRun}`)}` : key,
    event: runEvent(services.producer, { at: new Date(), ...parts }),
  };
}

/** About the run as a whole: its job is the goal. */
export function ofRun(
  services: Services,
  run: Pick<RunRef, 'runId' | 'goal'>,
  type: EventType,
  more: Pick<EventParts, 'run' | 'jobFacets'> = {},
): KeyedEvent {
  return keyed(services, { type, olRun: olRunId(run.runId), job: run.goal, ...more });
}

/** About a step: a run of its own, with the goal's as its parent. */
export function ofStep(
  services: Services,
  run: Pick<RunRef, 'runId' | 'goal'>,
  step: string,
  type: EventType,
  more: Partial<EventParts> = {},
): KeyedEvent {
  const { runId, goal } = run;
  return keyed(services, {
    type,
    olRun: olStepId(runId, step),
    job: `${goal}.${step}`,
    parent: { runId, goal },
    ...more,
  });
}

/** What is known of a goal's job. */
export function goalFacets({ goal, source }: Bundle, bundleRef: string): EventParts['jobFacets'] {
  return {
    jobType: { processingType: 'BATCH', integration: 'SLUICE', jobType: 'GOAL' },
    sourceCodeLocation: { ...(source ?? { type: 'sluice', url: `urn:sluice:bundle:${bundleRef}` }) },
    documentation: goal.description === undefined ? undefined : { description: goal.description },
    ownership: owners(goal),
  };
}

export const owners = ({ owner }: Goal): Record<string, unknown> | undefined =>
  owner === undefined ? undefined : { owners: [{ name: owner, type: 'OWNER' }] };
