import {
  CancellationScope,
  log,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { AskDocument } from '../schemas/ask';
import type { Recorded, RunRequest } from '../schemas/life';

/** Starts the ask that looks at a failed run, once: its id says which run. It lives on its own. */
export async function startRecovery(recorded: Recorded | undefined): Promise<void> {
  const request = recorded?.recovery;
  if (!request) return;
  await aside(request.askId, () =>
    startChild('ask', {
      ...onItsOwn(request.askId),
      args: [request],
      staticSummary: `recover, by ${request.by}`.slice(0, 100),
    }),
  );
}

/** Starts the goal that came of an ask nobody sits in front of. It waits at its gate as any does. */
export async function startProposed({ askId, bundle, goal, by }: AskDocument): Promise<void> {
  if (bundle === undefined || goal === undefined) return;
  const request: RunRequest = { sluice: 'run', bundle, mode: 'apply', by };
  await aside(goal, () =>
    startChild('goal', {
      ...onItsOwn(`${goal}-of-${askId}`),
      args: [request],
      staticSummary: `apply ${goal}: proposed by ${askId}`.slice(0, 100),
    }),
  );
}

const onItsOwn = (workflowId: string) => ({
  workflowId,
  parentClosePolicy: ParentClosePolicy.ABANDON,
  workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
});

/** Whatever becomes of it, what starts it has ended as it has. */
async function aside(what: string, start: () => Promise<unknown>): Promise<void> {
  await CancellationScope.nonCancellable(start).catch((cause: unknown) => {
    // It was started before: the workflow that starts it was reset.
    if (!(cause instanceof WorkflowExecutionAlreadyStartedError))
      log.warn(`${what} was not started: ${String(cause)}`);
  });
}
