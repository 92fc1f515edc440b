import { Context } from '@temporalio/activity';
import type { EventType } from '../../lineage/openlineage/events';
import { olRunId, uuidOf } from '../../lineage/openlineage/uuid';
import { NO_ROWS, RISKS, type RowCounts } from '../../schemas/change';
import type { Problem } from '../../schemas/errors';
import type { RunRef } from '../../schemas/life';
import type { Counted, Decision, Proposal, RunDocument, RunStatus } from '../../schemas/run';
import type { KeyedEvent } from '../../store/lineage/log';
import type { Write } from '../../store/write';
import type { Bundle, Services } from '../services';
import { goalFacets, keyed, ofRun, ofStep } from './emit';

/** A run has been admitted. */
export function emitAdmitted(services: Services, run: RunRef, bundle: Bundle): Write {
  const jobFacets = goalFacets(bundle, run.bundle);
  return services.store.lineage.events(run.runId, [ofRun(services, run, 'START', { jobFacets })]);
}

/** It has a proposal. */
export function emitProposed(services: Services, run: RunRef, proposal: Proposal): Write {
  const { digest, changes, gates, rehearsal } = proposal;
  const risk = RISKS[Math.max(0, ...changes.map((change) => RISKS.indexOf(change.risk)))];
  const facet = {
    digest,
    changes: changes.filter((change) => !change.noop).length,
    risk,
    lossy: changes.flatMap((change) => change.lossy),
    gates: gates.map(({ name, approvers, reason }) => ({ name, approvers, reason })),
    rehearsal: rehearsal.status,
    undoProven: rehearsal.undoProven,
  };
  const event = ofRun(services, run, 'RUNNING', { run: { sluice_proposal: facet } });
  return services.store.lineage.events(run.runId, [event]);
}

/** Somebody decided, or tried to. */
export function emitDecided(services: Services, run: RunRef, decision: Decision, answer: Counted): Write {
  const { verdict, digest, via } = decision;
  const facet = {
    ...{ verdict, digest, via, counted: answer.counted },
    ...{ by: answer.voter.by, verified: answer.voter.verified },
    ...(answer.refused ? { refused: answer.refused.code } : {}),
  };
  const event = ofRun(services, run, 'RUNNING', { run: { sluice_approval: facet } });
  return services.store.lineage.events(run.runId, [event]);
}

const ENDS: Partial<Record<RunStatus, EventType>> = {
  planned: 'COMPLETE',
  succeeded: 'COMPLETE',
  rolled_back: 'FAIL',
  stale: 'FAIL',
  needs_operator: 'FAIL',
  rejected: 'ABORT',
  expired: 'ABORT',
  undone: 'ABORT',
  held: 'RUNNING',
};

/** How a run ended (or that it is held), and its steps that did not come to their end. */
export function emitEnd(services: Services, run: RunRef, document: RunDocument): Write[] {
  const type = ENDS[document.status];
  // A run that is taken back later has ended before.
  if (!type || Context.current().info.workflowType === 'undo') return [];
  const failed = document.steps.filter((step) => step.status === 'failed' && type !== 'RUNNING');
  const undone = document.steps.filter((step) => step.status === 'undone').map((step) => step.id);
  const events: KeyedEvent[] = [
    ...failed.flatMap((step) => [
      // Written before, unless the worker died just then: each run has a start.
      ofStep(services, run, step.id, 'START'),
      ofStep(services, run, step.id, step.error ? 'FAIL' : 'ABORT', {
        run: { errorMessage: errorFacet(step.error) },
      }),
    ]),
    ofRun(services, run, type, {
      run: {
        sluice_cost: { estimate: {}, actual: { ...total(document) } },
        errorMessage: errorFacet(document.error),
        sluice_compensation:
          undone.length > 0 || document.status === 'needs_operator'
            ? { outcome: document.status === 'needs_operator' ? 'needs_operator' : 'undone', steps: undone }
            : undefined,
      },
    }),
  ];
  return [services.store.lineage.events(run.runId, events)];
}

function total({ steps }: RunDocument): RowCounts {
  const sum = { ...NO_ROWS };
  for (const { rows, status } of steps) {
    if (status !== 'applied') continue;
    for (const key of Object.keys(sum) as (keyof RowCounts)[]) sum[key] += rows[key];
  }
  return sum;
}

const errorFacet = (error: Problem | undefined): Record<string, unknown> | undefined =>
  error && { message: `${error.code}: ${error.message}`, programmingLanguage: 'SQL' };

/** Taking back is a run of its own, a part of the one that is taken back. */
export interface UndoLineage {
  /** Returns what says so. */
  done(steps: readonly string[]): Promise<Write[]>;
  refused(problem: Problem): Promise<void>;
}

export function startUndo(services: Services, run: RunRef, by: string): UndoLineage {
  const { workflowExecution, activityId } = Context.current().info;
  const olRun = uuidOf(`run/${run.runId}/undo/${workflowExecution?.runId ?? ''}/${activityId}`);
  const of = (type: EventType, more: Partial<Parameters<typeof keyed>[1]> = {}): KeyedEvent =>
    keyed(services, { type, olRun, job: `${run.goal}.undo`, parent: run, ...more });
  const start = of('START');
  const end = (
    type: EventType,
    compensation: object,
    more: Partial<Parameters<typeof keyed>[1]>,
  ): KeyedEvent =>
    of(type, {
      ...more,
      run: { ...more.run, sluice_compensation: { by, of: olRunId(run.runId), ...compensation } },
    });
  return {
    async done(steps) {
      const datasets = await services.store.lineage.undone(run.runId, steps);
      const outputs = datasets.map((dataset) => ({ ...dataset, facets: {}, outputFacets: {} }));
      const event = end('COMPLETE', { outcome: 'undone', steps }, { outputs });
      return [services.store.lineage.events(run.runId, [start, event])];
    },
    async refused(problem) {
      const event = end(
        'FAIL',
        { outcome: 'refused', steps: [] },
        { run: { errorMessage: errorFacet(problem) } },
      );
      await services.store.lineage.events(run.runId, [start, event]);
    },
  };
}
