import { AsyncLocalStorage, type WorkflowInterceptors } from '@temporalio/workflow';
import type { Payload } from '@temporalio/common';

/** As `runtime/tracing/traceparent.ts` writes it; here it is only passed on, unread: no clock, no ids, no spans. */
const HEADER = 'traceparent';

/**
 * Passes the trace of whoever started the workflow on to its activities, and that of an update or a signal to the
 * activities it causes.
 */
export function interceptors(): WorkflowInterceptors {
  let started: Payload | undefined;
  const handling = new AsyncLocalStorage<Payload>();
  const under = <T>(headers: Record<string, Payload>, work: () => T): T => {
    const parent = headers[HEADER];
    return parent === undefined ? work() : handling.run(parent, work);
  };
  return {
    inbound: [
      {
        execute(input, next) {
          started = input.headers[HEADER];
          return next(input);
        },
        handleSignal: (input, next) => under(input.headers, () => next(input)),
        handleUpdate: (input, next) => under(input.headers, () => next(input)),
      },
    ],
    outbound: [
      {
        scheduleActivity(input, next) {
          const parent = handling.getStore() ?? started;
          return next(parent ? { ...input, headers: { ...input.headers, [HEADER]: parent } } : input);
        },
        startChildWorkflowExecution(input, next) {
          return next(started ? { ...input, headers: { ...input.headers, [HEADER]: started } } : input);
        },
      },
    ],
  };
}
