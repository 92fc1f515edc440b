import { scrub } from '../../../governance/redact';
import { withoutSecrets } from '../../../governance/secret-shapes';
import type { AskAnswer, AskBecame, BudgetGrant } from '../../../schemas/agent';
import type { AskRef, Question } from '../../../schemas/ask';
import { moneyText, overBudgetText } from '../../../schemas/budget-text';
import { asActivity } from '../../run-context';
import type { Services } from '../../services';

/** The ask waits for somebody, or goes on: in the store, and for who watches. */
export function askBecame(services: Services, input: AskBecame): Promise<void> {
  const { ask, status, agent, question, overBudget } = input;
  return asActivity(services, { askId: ask.askId, status }, async () => {
    const { asks } = services.store;
    await asks.became(ask.askId, status);
    if (question) await asks.addEvents(ask.askId, [{ agent, kind: 'question', text: question.question }]);
    if (overBudget)
      await asks.addEvents(ask.askId, [{ agent, kind: 'budget', text: overBudgetText(overBudget) }]);
  });
}

/** A person has answered; returns the artifact that the model is given. */
export function answerAsked(
  services: Services,
  input: { ask: AskRef; agent: string; question: Question; answer: AskAnswer },
): Promise<string> {
  const { ask, agent, question, answer } = input;
  return asActivity(services, { askId: ask.askId, question: question.id }, async () => {
    const { store } = services;
    const text = withoutSecrets(scrub(answer.text));
    const result = JSON.stringify({ question: question.question, answer: text });
    const hash = await store.artifacts.put('ask_result', Buffer.from(result));
    await Promise.all([
      store.asks.became(ask.askId, 'thinking'),
      store.asks.addEvents(ask.askId, [{ agent, kind: 'answer', text: `${answer.by}: ${text}` }]),
      store.record.event(ask.askId, 'question_answered', answer.by, {
        question: question.id,
        result: hash,
      }),
    ]);
    return hash;
  });
}

/** More budget; `id` is the update's, so that what is sent twice counts once. */
export function grantBudget(
  services: Services,
  input: { ask: AskRef; id: string; grant: BudgetGrant },
): Promise<void> {
  const { ask, id, grant } = input;
  return asActivity(services, { askId: ask.askId }, async () => {
    const { asks, record } = services.store;
    await asks.grant(ask.askId, id, grant);
    const { by, ...more } = grant;
    const words = Object.entries(more).map(([what, value]) =>
      what === 'money' ? moneyText(value) : `${value} ${what}`,
    );
    await Promise.all([
      asks.became(ask.askId, 'thinking'),
      asks.addEvents(ask.askId, [
        { agent: '', kind: 'budget', text: `${by} grants ${words.join(', ')} more` },
      ]),
      record.event(ask.askId, 'budget_granted', by, { ...more }),
    ]);
  });
}
