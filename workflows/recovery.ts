import type { AskDocument } from '../schemas/ask';
import type { Recorded, RunRequest } from '../schemas/life';
import { onItsOwn, startAside } from './on-its-own';

/** Starts the ask that looks at a failed run, once: its id says which run. */
export async function startRecovery(recorded: Recorded | undefined): Promise<void> {
  const request = recorded?.recovery;
  if (!request) return;
  await startAside('ask', request, onItsOwn(request.askId, `recover, by ${request.by}`));
}

/** Starts the goal that came of an ask nobody sits in front of. It waits at its gate as any does. */
export async function startProposed({ askId, bundle, goal, by }: AskDocument): Promise<void> {
  if (bundle === undefined || goal === undefined) return;
  const request: RunRequest = { sluice: 'run', bundle, mode: 'apply', by };
  await startAside('goal', request, onItsOwn(`${goal}-of-${askId}`, `apply ${goal}: proposed by ${askId}`));
}
