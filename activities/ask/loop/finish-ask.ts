import type { FinishAsk } from '../../../schemas/agent';
import type { AskDocument, Planned } from '../../../schemas/ask';
import { asActivity } from '../../run-context';
import type { Bundle, Services } from '../../services';

/** The first agent's typed output: a planned goal, or an answer in plain words. */
type Output = Partial<Planned> & { answer?: string };

/** How an ask ended, in the store and as its workflow's result. */
export function finishAsk(services: Services, input: FinishAsk): Promise<AskDocument> {
  const { ask, status } = input;
  return asActivity(services, { askId: ask.askId, status }, () => recordEnd(services, input));
}

/** Of an ask that was begun; whoever ends it. */
export async function recordEnd(services: Services, input: FinishAsk): Promise<AskDocument> {
  const { ask, status, error } = input;
  const { store } = services;
  const document = await documentOf(services, input);
  await store.asks.finish(document, input.conversation);
  await Promise.all([
    store.asks.addEvents(ask.askId, [
      { agent: '', kind: 'end', text: error ? `${status}: ${error.message}` : status },
    ]),
    store.record.event(ask.askId, status, ask.by, {
      ...(input.bundle === undefined ? {} : { bundle: input.bundle, goal: input.goal }),
      ...(error ? { error } : {}),
    }),
  ]);
  services.log.info({ askId: ask.askId, status, error: error?.code }, `ask ${status}`);
  return document;
}

async function documentOf(services: Services, input: FinishAsk): Promise<AskDocument> {
  const { ask, status, workflowId, repairs, error } = input;
  const { artifacts, asks } = services.store;
  const [output, bundle, used] = await Promise.all([
    input.output === undefined ? undefined : artifacts.getJson<Output>(input.output),
    input.bundle === undefined ? undefined : artifacts.getJson<Bundle>(input.bundle),
    asks.calls.usage(ask.askId),
  ]);
  const { tokens: _tokens, ...usage } = used;
  const asked = bundle?.asked;
  const explanation = asked?.explanation ?? output?.explanation;
  const notes = asked?.questions ?? output?.questions ?? [];
  return {
    askId: ask.askId,
    workflowId,
    status,
    by: ask.by,
    ...(output?.answer === undefined ? {} : { answer: output.answer }),
    ...(input.goal === undefined ? {} : { goal: input.goal }),
    ...(output?.document === undefined ? {} : { document: output.document }),
    ...(input.bundle === undefined ? {} : { bundle: input.bundle }),
    assumptions: asked?.assumptions ?? output?.assumptions ?? [],
    questions: [
      ...input.questions,
      ...notes.map((question, nth) => ({ id: `note-${nth + 1}`, question, why: 'It does not block.' })),
    ],
    beyond: asked?.beyond ?? [],
    citations: asked?.citations ?? output?.citations ?? [],
    ...(explanation === undefined ? {} : { explanation }),
    repairs,
    usage,
    ...(error ? { error, next: error.next } : {}),
  };
}
