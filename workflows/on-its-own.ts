import {
  CancellationScope,
  log,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { AskRequest } from '../schemas/ask';
import type { RunRequest } from '../schemas/life';

/** Characters of a summary; Temporal takes 200 bytes. */
const SUMMARY = 100;

/** A child that lives on when its parent has ended, and is started once: its id says what it came of. */
export const onItsOwn = (workflowId: string, summary: string) => ({
  workflowId,
  staticSummary: summary.slice(0, SUMMARY),
  parentClosePolicy: ParentClosePolicy.ABANDON,
  workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
});

/** Starts one at the end of a workflow. Whatever becomes of it, what starts it has ended as it has. */
export async function startAside(
  type: 'goal' | 'ask',
  request: RunRequest | AskRequest,
  options: ReturnType<typeof onItsOwn>,
): Promise<void> {
  const start = (): Promise<unknown> => startChild(type, { ...options, args: [request] });
  await CancellationScope.nonCancellable(start).catch((cause: unknown) => {
    // It was started before: the workflow that starts it was reset.
    if (!(cause instanceof WorkflowExecutionAlreadyStartedError))
      log.warn(`${options.workflowId} was not started: ${String(cause)}`);
  });
}
