import type { AskDocument, Question } from '../../schemas/ask';
import { answerAsk, grantBudget } from '../core/asks/act';
import type { Link } from '../core/stack';
import { ask as prompt } from './prompt';
import { questionLines } from './render/ask';
import type { Terminal } from './terminal';
import { cancelled, watchAsk, type WatchedAsk } from './watch-ask';

/**
 * Follows an ask to its end. Where it waits for a person, the person at this terminal is asked; who has nothing to say
 * ends it, as it has changed nothing.
 */
export async function converse(
  terminal: Terminal,
  link: Link,
  askId: string,
  by: string,
): Promise<WatchedAsk> {
  let seq = 0;
  for (;;) {
    const watched = await watchAsk(terminal, link, askId, seq);
    ({ seq } = watched);
    if (watched.ended) return watched;
    const goesOn = await decided(terminal, link, watched.document, by);
    if (goesOn) continue;
    await cancelled(link, askId);
    const { document } = await watchAsk(terminal, link, askId, seq);
    return { document, ended: true, seq, interrupted: false };
  }
}

/** Delivers what the person says; false when they say nothing. */
async function decided(
  terminal: Terminal,
  link: Link,
  { askId, status, questions: [question] }: AskDocument,
  by: string,
): Promise<boolean> {
  if (status === 'asking' && question) {
    const text = await answerFor(terminal, question);
    if (text === undefined) return false;
    await answerAsk(link, askId, { questionId: question.id, text, by });
    return true;
  }
  const tokens = await moreTokens(terminal);
  if (tokens === undefined) return false;
  await grantBudget(link, askId, { tokens, by });
  return true;
}

/** The number of an option stands for its text; nothing for what is assumed without an answer. */
async function answerFor(terminal: Terminal, question: Question): Promise<string | undefined> {
  terminal.say(questionLines(question, terminal.err).join('\n'));
  const said = (await prompt(terminal, 'Answer: '))?.trim();
  if (said === undefined) return undefined;
  if (said === '') return question.default;
  return question.options?.[Number(said) - 1] ?? said;
}

async function moreTokens(terminal: Terminal): Promise<number | undefined> {
  for (;;) {
    const said = await prompt(terminal, 'The budget is used up. More tokens (a number; nothing ends it): ');
    const digits = (said ?? '').trim().replace(/(?<=\d)[_,](?=\d)/g, '');
    if (digits === '') return undefined;
    if (/^[1-9]\d{0,11}$/.test(digits)) return Number(digits);
    terminal.say('It is a whole number, such as 100000.');
  }
}
