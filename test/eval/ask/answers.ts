import type { Answer, RequestView, Rule } from '../../messages-api/server';
import type { Task } from '../task';

/**
 * What a good model would have said, call by call: it looks at what the task is about, and then hands in the reference.
 * Kept by task and turn rather than by the request's hash, so that the answers stay good when prompts and role files change.
 */
export function recordedAnswers(tasks: readonly Task[], facts: ReadonlyMap<string, string[]>): Rule[] {
  return tasks.map((task) => ({
    when: (request) => request.words.includes(task.words),
    answer: (request) => answerOf(task, request, facts.get(task.id) ?? []),
  }));
}

function answerOf(task: Task, request: RequestView, facts: string[]): Answer {
  const looks = request.tools.includes('describe_table') ? (task.looks ?? []) : [];
  if (request.turn === 0 && looks.length > 0)
    return { tools: looks.map((name) => ({ name: 'describe_table', input: { table: name } })) };
  const asked = request.results.some(({ name }) => name === 'ask_person');
  switch (task.ends) {
    case 'goal':
      if (task.asks && !asked) return question(task.asks);
      return {
        tool: 'submit_goal',
        input: {
          goal: { apiVersion: 'sluice/v1', ...task.reference },
          assumptions: [],
          questions: [],
          explanation: `It does what was asked: ${task.words.slice(0, 200)}`,
          citations: [],
        },
      };
    case 'answer':
      return { tool: 'answer', input: { answer: task.reference(facts), citations: [] } };
    case 'declined':
      return { tool: 'decline', input: { reason: task.reason, missing: task.missing } };
    case 'question':
      return question(task);
  }
}

const question = (asks: { question: string; why: string; options: string[] }): Answer => ({
  tool: 'ask_person',
  input: { question: asks.question, why: asks.why, options: asks.options },
});
