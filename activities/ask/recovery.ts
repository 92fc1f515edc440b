import type { AskInput, AskRequest } from '../../schemas/ask';
import { ERROR_CODES, type ErrorCode } from '../../schemas/errors';
import type { RunRef } from '../../schemas/life';
import { llmOf } from '../../schemas/llm';
import type { RunDocument } from '../../schemas/run';
import type { Bundle, Services } from '../services';
import type { AskGround } from './bundle';

/** Ends in which another version of the goal is not what is missing: somebody's decision, or the machine's state. */
const NOT_THE_GOAL: ReadonlySet<ErrorCode> = new Set([
  'cancelled',
  'internal',
  'permission_denied',
  'needs_operator',
]);

/**
 * The ask that looks at a run that has failed, if the configuration wants one (`llm.recovery.attempts`) and there were
 * not so many already: a goal that was itself proposed by a recovery counts on from it. Idempotent: named by the run.
 */
export async function recoveryOf(
  services: Services,
  run: RunRef,
  { status, error }: RunDocument,
  by: string,
): Promise<AskRequest | undefined> {
  if (status !== 'rolled_back' || !error) return undefined;
  if (NOT_THE_GOAL.has(error.code) || ERROR_CODES[error.code].retryable) return undefined;
  const { artifacts, runs } = services.store;
  const row = await runs.get(run.runId);
  // A plan that fails is looked at by who asked for it; an ask's own rehearsals are plans.
  if (row?.mode !== 'apply') return undefined;
  const { goal, files: _files, asked, ...ground } = await artifacts.getJson<Bundle>(run.bundle);
  const attempt = (asked?.recovers?.attempt ?? 0) + 1;
  if (attempt > llmOf(ground.config).recovery.attempts) return undefined;
  const bundle = await artifacts.putJson('ask_ground', ground satisfies AskGround);
  const input: AskInput = {
    text: `Recover the run ${run.runId} of the goal ${goal.goal}.`,
    recovers: { runId: run.runId, attempt },
    bundle,
  };
  return {
    sluice: 'ask',
    askId: `ask-recover-${run.runId}`,
    input: await artifacts.putJson('ask_input', input),
    by,
    interactive: false,
    apply: true,
  };
}
