import { context } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { inSpan, SpanKind } from './span';
import { withTraceparent } from './traceparent';

/** Spans of what a client asks of Temporal; the workflow and its activities continue them. */
export function tracingClientInterceptor(): WorkflowClientInterceptor {
  const kind = SpanKind.CLIENT;
  return {
    startWithDetails: (input, next) =>
      inSpan(
        `StartWorkflow:${input.workflowType}`,
        { kind, attributes: { 'temporal.workflow.id': input.options.workflowId } },
        () => next({ ...input, headers: withTraceparent(input.headers, context.active()) }),
      ),
    signal: (input, next) =>
      inSpan(
        `SignalWorkflow:${input.signalName}`,
        { kind, attributes: { 'temporal.workflow.id': input.workflowExecution.workflowId } },
        () => next({ ...input, headers: withTraceparent(input.headers, context.active()) }),
      ),
    startUpdate: (input, next) =>
      inSpan(
        `UpdateWorkflow:${input.updateName}`,
        { kind, attributes: { 'temporal.workflow.id': input.workflowExecution.workflowId } },
        () => next({ ...input, headers: withTraceparent(input.headers, context.active()) }),
      ),
  };
}
