import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AskDocument } from '../../../schemas/ask';
import { FINAL_ASK_STATUSES } from '../../../schemas/ask';
import type { Problem } from '../../../schemas/errors';
import { problemIn } from '../failures';
import type { Link } from '../stack';

/** Milliseconds a worker has to answer a query; one that is busy or starting is asked again. */
const QUERY_MS = 2_000;
const ANSWER_MS = 10_000;

export type AskLook =
  | { kind: 'ended'; document: AskDocument }
  | { kind: 'open'; document: AskDocument }
  /** Open, and no worker answers for it. */
  | { kind: 'silent' };

/** One look at an ask, as it is now. Throws what `isLostService` knows when Temporal or the store is away. */
export async function lookAtAsk(link: Link, askId: string): Promise<AskLook> {
  const handle = link.client.workflow.getHandle(askId);
  const query = link.client.withDeadline(Date.now() + QUERY_MS, () => handle.query<AskDocument>('status'));
  const answer = query.catch(() => undefined);
  try {
    const ended = await link.client.withDeadline(Date.now() + ANSWER_MS, async () => {
      const { status } = await handle.describe();
      return status.name === 'RUNNING' || status.name === 'PAUSED' ? undefined : outcomeOfAsk(link, askId);
    });
    if (ended) return { kind: 'ended', document: ended };
  } catch (cause) {
    if (!(cause instanceof WorkflowNotFoundError)) throw cause;
    const document = await recorded(link, askId);
    if (!document) throw cause;
    return { kind: 'ended', document };
  } finally {
    // Nobody may be left asking when the connection is closed.
    await answer;
  }
  const document = await answer;
  return document ? { kind: 'open', document } : { kind: 'silent' };
}

/** How an ask whose workflow has ended did end: its own answer first, else what the store has on record. */
async function outcomeOfAsk(link: Link, askId: string): Promise<AskDocument> {
  try {
    return (await link.client.workflow.getHandle(askId).result()) as AskDocument;
  } catch (cause) {
    if (!(cause instanceof WorkflowFailedError)) throw cause;
    const { cause: reason } = cause;
    const told =
      reason instanceof ApplicationFailure ? (reason.details?.[1] as AskDocument | undefined) : undefined;
    const document = told ?? (await recorded(link, askId));
    const problem = problemIn(reason);
    if (document) return problem ? { ...document, error: problem } : document;
    return nothingOf(askId, problem ?? ENDED);
  }
}

async function recorded(link: Link, askId: string): Promise<AskDocument | undefined> {
  const document = (await link.store.asks.get(askId))?.document;
  return document && FINAL_ASK_STATUSES.has(document.status) ? document : undefined;
}

/** Of an ask whose workflow is gone and that has not said how it ended. */
export const ENDED: Problem = {
  code: 'ask_failed',
  message: 'The workflow of the ask was ended from outside.',
  state: 'Nothing was changed: an ask proposes only.',
  next: 'Ask again if it is still wanted.',
};

/** Of an ask of which nobody knows more than how it ended. */
export function nothingOf(askId: string, error?: Problem): AskDocument {
  return {
    askId,
    workflowId: askId,
    status: error ? 'failed' : 'thinking',
    by: '',
    assumptions: [],
    questions: [],
    beyond: [],
    citations: [],
    repairs: 0,
    usage: {
      ...{ calls: 0, cached: 0, inputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0 },
      ...{ outputTokens: 0, money: 0, seconds: 0 },
    },
    ...(error ? { error } : {}),
  };
}
