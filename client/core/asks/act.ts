import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { AskAnswer, BudgetGrant } from '../../../schemas/agent';
import { type AskDocument, FINAL_ASK_STATUSES } from '../../../schemas/ask';
import { fail } from '../../../schemas/errors';
import { asSluiceError, problemIn } from '../failures';
import { SluiceError } from '../../../schemas/errors';
import type { Link } from '../stack';
import { ENDED, nothingOf } from './look';
import { assertSendable } from './words';

/**
 * Answers an open question of an ask. Throws what the ask refuses: a question that is not open, an empty answer; and
 * `literal_secret` when a credential is in the answer, which would be sent to a model and kept.
 */
export async function answerAsk(link: Link, askId: string, answer: AskAnswer): Promise<AskDocument> {
  assertSendable(answer.text, link.home);
  return update(link, askId, 'answer', answer);
}

/** More budget for an ask, on top of what it had. */
export function grantBudget(link: Link, askId: string, grant: BudgetGrant): Promise<AskDocument> {
  return update(link, askId, 'budget', grant);
}

/** Ends an ask, also one whose workflow was terminated. Nothing has to be taken back: it proposes only. */
export async function cancelAsk(link: Link, askId: string): Promise<void> {
  const handle = link.client.workflow.getHandle(askId);
  try {
    await handle.cancel();
    // The server takes it of a workflow that is over, too.
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING' && status.name !== 'PAUSED') await closed(link, askId);
    return;
  } catch (cause) {
    if (!(cause instanceof WorkflowNotFoundError)) throw asSluiceError(cause);
  }
  if (!(await closed(link, askId))) throw over(askId);
}

/** An ask whose workflow is over (ended from outside, say) and never said how: now it is on record as that. */
async function closed({ store }: Link, askId: string): Promise<boolean> {
  const row = await store.asks.get(askId);
  if (!row || FINAL_ASK_STATUSES.has(row.status)) return false;
  const { tokens: _tokens, ...usage } = await store.asks.calls.usage(askId);
  await store.asks.finish({ ...nothingOf(askId, ENDED), by: row.by, usage });
  return true;
}

async function update(
  link: Link,
  askId: string,
  name: 'answer' | 'budget',
  argument: AskAnswer | BudgetGrant,
): Promise<AskDocument> {
  try {
    return await link.client.workflow
      .getHandle(askId)
      .executeUpdate<AskDocument, [AskAnswer | BudgetGrant]>(name, { args: [argument] });
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) throw over(askId);
    if (cause instanceof WorkflowUpdateFailedError) {
      const problem = problemIn(cause.cause);
      if (problem) throw new SluiceError(problem, { cause });
    }
    throw asSluiceError(cause);
  }
}

function over(askId: string): SluiceError {
  return fail('not_found', `The ask ${askId} is over: there is nothing to answer any more.`, {
    next: `Go on with it: sluice ask --continue ${askId} "…".`,
  });
}
