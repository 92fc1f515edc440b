import {
  ApplicationFailure,
  CancellationScope,
  condition,
  allHandlersFinished,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { AskDocument, AskRequest } from '../schemas/ask';
import type { AdmittedAsk, AskStatus } from '../schemas/ask';
import { ERROR_CODES, type Problem } from '../schemas/errors';
import { askStatusQuery, usageSignal } from './ask-messages';
import { AskState } from './ask-state';
import { Conversations, type End } from './conversations';
import { People } from './people';
import { startProposed } from './recovery';
import { problemFrom } from './problem';
import { looking, short } from './proxies';

/**
 * From plain words to a checked and rehearsed goal, or to an answer. It applies nothing: who asked does, as with any
 * goal. Ends in its document; what did not come to an answer fails with it.
 */
export async function ask(request: AskRequest): Promise<AskDocument> {
  const state = new AskState(request, workflowInfo().workflowId);
  const people = new People(state, request.interactive);
  setHandler(askStatusQuery, () => state.document(), { description: 'The ask as `sluice asks` has it.' });
  setHandler(usageSignal, (usage) => state.spent(usage), { description: 'What it has used so far.' });
  let admitted: AdmittedAsk | undefined;
  try {
    admitted = await looking.admitAsk.executeWithOptions({ summary: 'read the words' }, [request]);
    state.admitted(admitted);
    const end = await new Conversations(admitted, state, people).first();
    const document = await CancellationScope.nonCancellable(() => finish(admitted!, state, end));
    if (request.apply) await startProposed(document);
    return document;
  } catch (cause) {
    if (cause instanceof ApplicationFailure && cause.details?.[1]) throw cause;
    if (!admitted) throw refused(cause, state);
    const end: End = isCancellation(cause)
      ? { kind: 'cancelled', problem: CANCELLED }
      : { kind: 'failed', problem: problemFrom(cause) };
    return await CancellationScope.nonCancellable(() => finish(admitted!, state, end, cause));
  }
}

const CANCELLED: Problem = {
  code: 'cancelled',
  message: 'The ask was cancelled.',
  state: 'Nothing was changed.',
  next: 'Ask again if it is still wanted.',
};

const ENDS: Record<End['kind'], AskStatus> = {
  answered: 'answered',
  declined: 'declined',
  failed: 'failed',
  cancelled: 'cancelled',
};

async function finish(
  admitted: AdmittedAsk,
  state: AskState,
  end: End,
  cause?: unknown,
): Promise<AskDocument> {
  await condition(allHandlersFinished);
  const problem = 'problem' in end ? end.problem : undefined;
  state.become(ENDS[end.kind], problem);
  const { conversation, workflowId, questions, repairs } = state;
  const document = await short.finishAsk.executeWithOptions({ summary: state.status }, [
    {
      ask: admitted.ask,
      status: state.status,
      workflowId,
      questions: [...questions.values()].map(({ question }) => question),
      repairs,
      ...(conversation === undefined ? {} : { conversation }),
      ...(end.kind === 'answered' ? end.made : {}),
      ...(problem ? { error: problem } : {}),
    },
  ]);
  state.ended(document);
  // Temporal's own status of a cancelled ask is Canceled.
  if (end.kind === 'cancelled') throw cause;
  if (problem) throw failed(problem, document);
  return document;
}

/** Not admitted: there is nothing to record, the failure itself says everything. */
function refused(cause: unknown, state: AskState): unknown {
  if (isCancellation(cause)) return cause;
  const problem = problemFrom(cause);
  state.become('failed', problem);
  return failed(problem, state.document());
}

function failed(problem: Problem, document: AskDocument): ApplicationFailure {
  return ApplicationFailure.create({
    type: problem.code,
    message: problem.message,
    nonRetryable: !ERROR_CODES[problem.code].retryable,
    details: [problem, document],
  });
}
