import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  startChild,
  upsertMemo,
} from '@temporalio/workflow';
import {
  BACKFILL_MEMO,
  backfillRunId,
  type BackfillProgress,
  type BackfillRequest,
} from '../schemas/backfill';
import type { RunRequest } from '../schemas/life';
import { goal } from './goal';
import { pauseSignal, resumeSignal } from './messages';
import { onItsOwn } from './on-its-own';

/** Runs after which it goes on in a new execution: each is some ten events of the history. */
const RUNS_PER_EXECUTION = 500;

/**
 * Starts the runs of past times, so many at once as it is told, and says in its memo how far it is. Paused, or
 * cancelled, it starts no more; what runs goes on by itself.
 */
export async function backfill(request: BackfillRequest): Promise<BackfillProgress> {
  const { times, stopAtFailure } = request;
  const progress: BackfillProgress = request.progress ?? {
    state: 'running',
    by: request.by,
    from: times[0]!,
    to: times.at(-1)!,
    total: times.length,
    succeeded: 0,
    failed: 0,
    running: [],
  };
  const say = (change: Partial<BackfillProgress> = {}): void =>
    upsertMemo({ [BACKFILL_MEMO]: { ...Object.assign(progress, change) } });
  setHandler(pauseSignal, () => say({ state: 'paused' }));
  setHandler(resumeSignal, () => say({ state: 'running' }));
  say();

  let next = 0;
  const until = Math.min(times.length, RUNS_PER_EXECUTION);
  const stopped = (): boolean => stopAtFailure && progress.failed > 0;
  const oneByOne = async (): Promise<void> => {
    for (;;) {
      await condition(() => progress.state !== 'paused');
      if (next >= until || stopped()) return;
      await oneRun(request, times[next++]!, progress, say);
    }
  };
  try {
    await Promise.all(Array.from({ length: request.atOnce }, oneByOne));
  } catch (cause) {
    if (!isCancellation(cause)) throw cause;
    say({ state: 'cancelled', running: [] });
    return progress;
  }
  if (next < times.length && !stopped()) {
    return continueAsNew<typeof backfill>({ ...request, times: times.slice(next), progress });
  }
  say({ state: stopped() && next < times.length ? 'stopped' : 'done' });
  return progress;
}

async function oneRun(
  { goal: name, bundle, by, tag }: BackfillRequest,
  time: string,
  progress: BackfillProgress,
  say: (change?: Partial<BackfillProgress>) => void,
): Promise<void> {
  const runId = backfillRunId(name, time, tag);
  const run: RunRequest = { sluice: 'run', runId, bundle, mode: 'apply', by, scheduledAt: time };
  say({ running: [...progress.running, runId] });
  const succeeded = await startChild(goal, {
    ...onItsOwn(runId, `apply ${name}: for ${time}`),
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    args: [run],
  })
    .then(async (started) => (await started.result()).status === 'succeeded')
    .catch((cause: unknown) => {
      if (isCancellation(cause) && CancellationScope.current().consideredCancelled) throw cause;
      return false;
    });
  say({
    running: progress.running.filter((id) => id !== runId),
    ...(succeeded
      ? { succeeded: progress.succeeded + 1 }
      : { failed: progress.failed + 1, lastFailed: runId }),
  });
}
