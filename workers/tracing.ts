import { context } from '@opentelemetry/api';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { ChangeRef, RunRef } from '../schemas/life';
import { inSpan, SpanKind } from '../runtime/tracing/span';
import { fromTraceparent } from '../runtime/tracing/traceparent';

/** A span for each attempt of an activity, under that of whoever caused it. */
export function activityTracing(): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      execute(input, next) {
        const { run, change, step } = (input.args[0] ?? {}) as {
          run?: RunRef;
          change?: ChangeRef;
          step?: string;
        };
        const of = change?.step ?? step;
        return inSpan(
          `RunActivity:${info.activityType}`,
          {
            kind: SpanKind.CONSUMER,
            parent: fromTraceparent(input.headers, context.active()),
            codeOf,
            attributes: {
              'sluice.activity': info.activityType,
              'sluice.attempt': info.attempt,
              ...(info.workflowExecution
                ? { 'temporal.workflow.id': info.workflowExecution.workflowId }
                : {}),
              ...(run ? { 'sluice.run': run.runId, 'sluice.goal': run.goal } : {}),
              ...(of === undefined ? {} : { 'sluice.step': of }),
              ...(change ? { 'sluice.kind': change.kind } : {}),
            },
          },
          () => next(input),
        );
      },
    },
  });
}

function codeOf(cause: unknown): string {
  if (cause instanceof CancelledFailure) return 'cancelled';
  return cause instanceof ApplicationFailure ? (cause.type ?? 'internal') : 'internal';
}
