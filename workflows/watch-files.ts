import { startChild } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { RunRequest, WatchRequest } from '../schemas/life';
import { goal } from './goal';
import { onItsOwn } from './on-its-own';
import { short } from './proxies';
import { scheduledTime } from './scheduled';

/**
 * One look for new files, which a schedule takes again and again. When there are some it starts the goal's run, once,
 * and waits for its end: until then the schedule skips its looks, and files that come meanwhile are the next run's.
 */
export async function watchFiles(request: WatchRequest): Promise<void> {
  const look = await short.lookForFiles.executeWithOptions(
    { summary: `look for new files of ${request.goal}` },
    [request],
  );
  if (!look.fresh) return;
  const run: RunRequest = {
    sluice: 'run',
    bundle: request.bundle,
    mode: 'apply',
    by: 'new files',
    scheduledAt: scheduledTime(),
  };
  const started = await startChild(goal, {
    ...onItsOwn(look.workflowId, `apply ${request.goal}: new files`),
    args: [run],
  }).catch((cause: unknown) => {
    if (cause instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw cause;
  });
  await short.acted.executeWithOptions({ summary: 'these files are taken' }, [
    { ...request, signature: look.signature },
  ]);
  // Its failure is the look's: a schedule that pauses on failure pauses.
  await started?.result();
}
