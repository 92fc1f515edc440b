import { Context } from '@temporalio/activity';
import type { Turn } from '../../../llm/request';
import { withoutSecrets } from '../../../governance/secret-shapes';
import { scrub } from '../../../governance/redact';
import type { OpenAgentInput, OpenedAgent } from '../../../schemas/agent';
import type { AdmittedAsk, AgentRef, AskInput, AskRequest, Conversation } from '../../../schemas/ask';
import { ERROR_CODES, fail } from '../../../schemas/errors';
import type { AskRow } from '../../../store/asks/asks';
import { asActivity, type ActivityScope } from '../../run-context';
import { problemOf } from '../../errors';
import type { Bundle, Services } from '../../services';
import { recordEnd } from './finish-ask';
import { appended, turnsOf, unanswered } from './conversation';
import { promptOf } from './prompt';
import { assertWords, groundsOf, roleOf, toolContext } from './scope';

/** An ask begins: there are words and a key, it is on record, and its first agent has its first message. */
export function admitAsk(services: Services, request: AskRequest): Promise<AdmittedAsk> {
  const { askId, input: inputRef, by } = request;
  return asActivity(services, { askId }, async (scope) => {
    const ask = { askId, input: inputRef, by };
    const { input, bundle } = await groundsOf(services, ask);
    const { store } = services;
    assertWords(input.text);
    const text = withoutSecrets(scrub(input.text));
    const { previous } = input;
    await store.asks.begin({
      askId,
      by,
      input: inputRef,
      text,
      ...(previous === undefined ? {} : { previous }),
    });
    const name = input.recovers ? 'recovery' : 'planner';
    const role = roleOf(services, name);
    const agent: AgentRef = { ask, agent: name, role: name };
    const conversation = await begun(services, agent, input, bundle, scope);
    await store.record.event(askId, 'asked', by, { input: inputRef, conversation });
    return {
      ask,
      role: name,
      conversation,
      maxCalls: role.maxCalls,
      warehouse: bundle.goal.warehouse,
      ...(services.queues ? { queue: services.queues.llm } : {}),
      ...(services.ask.historyAtMost === undefined ? {} : { historyAtMost: services.ask.historyAtMost }),
    };
  });
}

/** The first conversation of an ask that is on record: if there is none, how the ask ended is on record as well. */
async function begun(
  services: Services,
  agent: AgentRef,
  input: AskInput,
  bundle: Bundle,
  scope: ActivityScope,
): Promise<string> {
  try {
    // Said now, not after everything was looked up for a prompt that nobody can be sent.
    await services.model(bundle);
    return await firstConversation(services, agent, input, scope);
  } catch (cause) {
    const error = problemOf(cause);
    const cancelled = Context.current().cancellationDetails?.cancelRequested === true;
    // What is tried again has not ended; nor has what is given up because its worker stops.
    if (cancelled || !(scope.signal.aborted || ERROR_CODES[error.code].retryable)) {
      const { ask } = agent;
      await recordEnd(services, {
        ...{ ask, workflowId: ask.askId, questions: [], repairs: 0 },
        ...(cancelled ? { status: 'cancelled' } : { status: 'failed', error }),
      });
    }
    throw cause;
  }
}

/** A specialist's first message: its task, and what belongs to it. */
export function openAgent(services: Services, { agent, task }: OpenAgentInput): Promise<OpenedAgent> {
  return asActivity(services, { askId: agent.ask.askId, agent: agent.agent }, async (scope) => {
    const { input } = await groundsOf(services, agent.ask);
    const role = roleOf(services, agent.role);
    const text = (await services.store.artifacts.get(task)).toString('utf8');
    const { head } = input;
    const own: AskInput = { text, bundle: input.bundle, ...(head === undefined ? {} : { head }) };
    const conversation = await newConversation(services, agent, own, scope);
    await services.store.asks.addEvents(agent.ask.askId, [
      { agent: agent.agent, kind: 'call', text: `is consulted: ${role.summary}` },
    ]);
    return { conversation, maxCalls: role.maxCalls, tools: services.ask.toolsOf(role).length > 0 };
  });
}

async function newConversation(
  services: Services,
  agent: AgentRef,
  input: AskInput,
  scope: ActivityScope,
  earlier = '',
): Promise<string> {
  const { artifacts } = services.store;
  const text = `${earlier}${await openingText(services, agent, input, scope)}`;
  return (await appended(artifacts, await emptyConversation(services, agent), userTurn(text))).hash;
}

async function emptyConversation(services: Services, agent: AgentRef): Promise<Conversation> {
  const role = roleOf(services, agent.role);
  const { llm } = await groundsOf(services, agent.ask);
  return {
    role: role.name,
    model: llm.models[role.model],
    prompt: promptOf(services, role).version,
    messages: [],
  };
}

async function openingText(
  services: Services,
  agent: AgentRef,
  input: AskInput,
  scope: ActivityScope,
): Promise<string> {
  const { bundle } = await groundsOf(services, agent.ask);
  const ctx = await toolContext(services, agent, bundle, scope);
  return (await services.ask.opening(roleOf(services, agent.role), input, ctx)).text;
}

const userTurn = (text: string): Turn => ({ role: 'user', content: [{ type: 'text', text }] });

/** A chat that goes on has the words before in front of it; anything else begins. */
async function firstConversation(
  services: Services,
  agent: AgentRef,
  input: AskInput,
  scope: ActivityScope,
): Promise<string> {
  if (input.previous === undefined) return newConversation(services, agent, input, scope);
  const { artifacts, asks } = services.store;
  const before = await asks.get(input.previous);
  if (!before?.conversation) {
    throw fail('not_found', `There is no ask ${input.previous} that has ended and could be gone on with.`, {
      next: 'Look at `sluice asks`, or ask anew without --continue.',
    });
  }
  const empty = await emptyConversation(services, agent);
  const conversation = await artifacts.getJson<Conversation>(before.conversation);
  // What another model thought cannot be sent to this one: it is told what came of it.
  if (conversation.model !== empty.model || conversation.role !== empty.role)
    return newConversation(services, agent, input, scope, `${howItEnded(before)}\n\n`);
  const turns = await turnsOf(artifacts, conversation);
  const open = unanswered(turns).map(({ id }) => ({
    type: 'tool_result' as const,
    tool_use_id: id,
    content: howItEnded(before),
  }));
  const text = await openingText(services, agent, input, scope);
  const next: Turn = { role: 'user', content: [...open, { type: 'text', text }] };
  return (await appended(artifacts, { ...conversation, prompt: empty.prompt }, next)).hash;
}

function howItEnded({ words, status, document }: AskRow): string {
  const made = document?.document ? `\nThe goal document of it:\n${JSON.stringify(document.document)}` : '';
  const why = document?.error ? ` (${document.error.message})` : '';
  const said = document?.answer === undefined ? '' : `\nThe answer was: ${document.answer}`;
  return `Before, in this chat, the person asked: ${words}\nThat ended: ${status}${why}.${said}${made}`;
}
