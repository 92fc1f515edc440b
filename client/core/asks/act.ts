import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { AskAnswer, BudgetGrant } from '../../../schemas/agent';
import type { AskDocument } from '../../../schemas/ask';
import { fail } from '../../../schemas/errors';
import { asSluiceError, problemIn } from '../failures';
import { SluiceError } from '../../../schemas/errors';
import type { Link } from '../stack';

/** Answers an open question of an ask. Throws what the ask refuses: a question that is not open, an empty answer. */
export function answerAsk(link: Link, askId: string, answer: AskAnswer): Promise<AskDocument> {
  return update(link, askId, 'answer', answer);
}

/** More budget for an ask, on top of what it had. */
export function grantBudget(link: Link, askId: string, grant: BudgetGrant): Promise<AskDocument> {
  return update(link, askId, 'budget', grant);
}

/** Ends an ask. Nothing has to be taken back: it proposes only. */
export async function cancelAsk(link: Link, askId: string): Promise<void> {
  try {
    await link.client.workflow.getHandle(askId).cancel();
  } catch (cause) {
    throw cause instanceof WorkflowNotFoundError ? over(askId) : asSluiceError(cause);
  }
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
