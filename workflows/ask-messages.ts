import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AskAnswer, BudgetGrant } from '../schemas/agent';
import type { AskDocument, Usage } from '../schemas/ask';

/** What `sluice asks show ASK --json` prints, while the ask lives. */
export const askStatusQuery = defineQuery<AskDocument>('status');

/** A person's answer to an open question; a refused one is an error and changes nothing. */
export const answerUpdate = defineUpdate<AskDocument, [AskAnswer]>('answer');

/** More budget for this ask, on top of what it had: `{tokens?, seconds?, money?, by}`. */
export const budgetUpdate = defineUpdate<AskDocument, [BudgetGrant]>('budget');

/** What the ask has used so far: its agents tell it after every call. */
export const usageSignal = defineSignal<[Usage]>('usage');
