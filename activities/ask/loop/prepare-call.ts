import { Context } from '@temporalio/activity';
import { costOf, priceOf } from '../../../llm/prices';
import { callKey, estimateTokens, requestKey, type ModelRequest, type Turn } from '../../../llm/request';
import type { Role } from '../../../llm/roles/role';
import type { AgentRef, CallInput, Conversation } from '../../../schemas/ask';
import type { NewCall } from '../../../store/asks/calls';
import type { Services } from '../../services';
import { appended, toldBy, turnsOf } from './conversation';
import { promptOf } from './prompt';
import { groundsOf, roleOf, type AskGrounds } from './scope';

/** Output tokens, thinking included; a second try after an answer that was cut off gets more. */
const MAX_TOKENS = 16_000;
const LONGER = 48_000;

/** A call as it would be made: the conversation with what the model is told now, the request, its place in the ledger. */
export interface PreparedCall {
  agent: AgentRef;
  role: Role;
  grounds: AskGrounds;
  conversation: Conversation;
  request: ModelRequest;
  call: NewCall;
}

export async function prepareCall(services: Services, input: CallInput): Promise<PreparedCall> {
  const { agent, nth, purpose } = input;
  const { artifacts } = services.store;
  const grounds = await groundsOf(services, agent.ask);
  const role = roleOf(services, agent.role);
  const prompt = promptOf(services, role);
  const { models, prices } = grounds.llm;
  const model = input.escalate ? models.large : models[role.model];
  const told = await conversationOf(services, input, model);
  const request: ModelRequest = {
    model,
    maxTokens: input.longer ? LONGER : MAX_TOKENS,
    system: prompt.system,
    tools: prompt.tools,
    messages: await turnsOf(artifacts, told.conversation),
    ...(role.effort === undefined ? {} : { effort: role.effort }),
    ...(prompt.format ? { format: prompt.format } : {}),
  };
  const tokens = estimateTokens(request);
  const price = priceOf(model, prices);
  const counts = { input: tokens, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };
  const { askId } = agent.ask;
  return {
    agent,
    role,
    grounds,
    conversation: told.conversation,
    request,
    call: {
      // The prompt is the one the conversation began with: an upgrade in between does not pay an answered call again.
      key: callKey({
        askId,
        agent: agent.agent,
        nth,
        conversation: told.hash,
        prompt: told.conversation.prompt,
        model,
      }),
      request: requestKey(request, prompt.version),
      askId,
      agent: agent.agent,
      role: role.name,
      nth,
      purpose,
      model,
      attempt: Context.current().info.attempt,
      estimate: { tokens, money: costOf(price, counts) },
    },
  };
}

/** The conversation as it goes to the model: with the results and notes of this call, and begun anew for another model. */
async function conversationOf(
  services: Services,
  input: CallInput,
  model: string,
): Promise<{ hash: string; conversation: Conversation }> {
  const { artifacts } = services.store;
  const conversation = await artifacts.getJson<Conversation>(input.conversation);
  const role = roleOf(services, input.agent.role);
  const closing = services.ask.toolsOf(role).flatMap(({ name }) => (role.tools.includes(name) ? [] : [name]));
  const told = await toldBy(artifacts, input, closing);
  if (conversation.model !== model) return handedOn(services, conversation, told, model);
  if (told) return appended(artifacts, conversation, told);
  return { hash: input.conversation, conversation };
}

/**
 * Another model takes over: what one has thought is of no use to another, and refused by it. It begins with the first
 * message, and is told what was wrong with the answer so far.
 */
async function handedOn(
  { store: { artifacts } }: Services,
  conversation: Conversation,
  told: Turn | undefined,
  model: string,
): Promise<{ hash: string; conversation: Conversation }> {
  const begun: Conversation = { ...conversation, model, messages: conversation.messages.slice(0, 1) };
  const wrong = textOf(told);
  if (wrong === '') return { hash: await artifacts.putJson('ask_conversation', begun), conversation: begun };
  return appended(artifacts, begun, {
    role: 'user',
    content: [{ type: 'text', text: `An earlier answer to this did not pass:\n\n${wrong}` }],
  });
}

function textOf(turn: Turn | undefined): string {
  if (!turn) return '';
  if (typeof turn.content === 'string') return turn.content;
  return turn.content
    .map((block) => {
      if (block.type === 'text') return block.text;
      if (block.type === 'tool_result' && block.is_error && typeof block.content === 'string')
        return block.content;
      return '';
    })
    .filter(Boolean)
    .join('\n\n');
}
