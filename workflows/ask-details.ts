import type { OverBudget } from '../schemas/agent';
import type { AskDocument, AskStatus } from '../schemas/ask';
import { overBudgetText } from '../schemas/budget-text';
import { quoted, shellWord } from './details-text';

const MEANS: Record<AskStatus, string> = {
  thinking: 'is being worked on; nothing is changed by it',
  asking: 'waits for an answer of a person',
  over_budget: 'waits for more budget',
  answered: 'is answered',
  declined: 'was declined',
  failed: 'came to nothing',
  cancelled: 'was cancelled',
};

/** The ask in Markdown, as Temporal's UI shows it. The words are not in it: they are in the store. Pure. */
export function askDetails(document: AskDocument, overBudget?: OverBudget): string {
  const { askId, status, by, usage, error, workflowId, goal } = document;
  const open = status === 'asking' ? document.questions : [];
  return [
    `The ask \`${quoted(askId)}\` of ${quoted(by)} ${MEANS[status]}${goal === undefined ? '' : `: **${quoted(goal)}**`}.`,
    `${usage.calls} calls of a model, ${usage.cached} answered from the cache, ${document.repairs} rounds of correction.`,
    ...open.map(({ id, question, why }) =>
      [
        `### A question`,
        `${quoted(question)}`,
        quoted(why),
        updateCommand(workflowId, 'answer', { questionId: id, text: '…', by: '…' }),
      ].join('\n\n'),
    ),
    ...(overBudget
      ? [overBudgetText(overBudget), updateCommand(workflowId, 'budget', { [overBudget.limit]: 0, by: '…' })]
      : []),
    ...(error
      ? [
          [
            '### Why',
            `\`${error.code}\`: ${quoted(error.message)}`,
            `**Now:** ${quoted(error.state)}`,
            `**Next:** ${quoted(error.next)}`,
          ].join('\n\n'),
        ]
      : []),
  ].join('\n\n');
}

function updateCommand(workflowId: string, name: string, input: object): string {
  const command = `temporal workflow update execute --workflow-id ${shellWord(workflowId)} --name ${name}`;
  return `\`\`\`sh\n${command} \\\n  --input ${shellWord(JSON.stringify(input))}\n\`\`\``;
}
