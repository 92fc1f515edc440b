import type Anthropic from '@anthropic-ai/sdk';
import { NOT_JSON } from '../../../llm/answer';
import { scrub } from '../../../governance/redact';
import type { Conversation, ToolDone, ToolInput } from '../../../schemas/ask';
import { SluiceError } from '../../../schemas/errors';
import { digestOf } from '../../../store/digest';
import { ERROR_CODES } from '../../../schemas/errors';
import { asActivity, type ActivityScope } from '../../run-context';
import type { Services } from '../../services';
import type { Tool, ToolAnswer } from '../tools/tool';
import { clipped } from './clip';
import { turnsOf } from './conversation';
import { groundsOf, roleOf, toolContext } from './scope';

/**
 * One tool call of a model. What came of it is kept under its key, so that a second attempt says the same. What the
 * model did wrong it is told; what is wrong with the world fails the activity and is tried again.
 */
export function runTool(services: Services, input: ToolInput): Promise<ToolDone> {
  const { agent, id, name } = input;
  const { askId } = agent.ask;
  return asActivity(services, { askId, agent: agent.agent, tool: name }, async (scope) => {
    const { asks } = services.store;
    const key = digestOf({ askId, agent: agent.agent, conversation: input.conversation, id });
    const kept = await asks.toolDone<ToolDone>(key);
    if (kept) return kept;
    const started = performance.now();
    const done = await doneBy(services, input, scope);
    const ms = performance.now() - started;
    const call = { key, askId, agent: agent.agent, name, done, ms };
    const [settled] = await Promise.all([
      asks.toolWasDone(call),
      asks.addEvents(askId, [
        { agent: agent.agent, kind: 'tool_done', text: doneText(name, done, ms), key: `tool/${key}` },
      ]),
    ]);
    return settled;
  });
}

async function doneBy(services: Services, input: ToolInput, scope: ActivityScope): Promise<ToolDone> {
  const { agent, id, name } = input;
  const answer = await answerOf(services, input, scope);
  const text = clipped(
    scrub(typeof answer.content === 'string' ? answer.content : JSON.stringify(answer.content)),
  );
  const { effect } = answer;
  const result = await services.store.artifacts.put('ask_result', Buffer.from(text));
  const refused = effect && refusedHere(services, agent.agent, effect);
  if (refused !== undefined)
    return {
      id,
      isError: true,
      result: await services.store.artifacts.put('ask_result', Buffer.from(refused)),
    };
  const isError = answer.isError === true || effect?.kind === 'repair';
  services.log.debug(
    { askId: agent.ask.askId, agent: agent.agent, tool: name, effect: effect?.kind },
    'tool',
  );
  return { id, result, isError, ...(effect ? { effect } : {}) };
}

/** Specialists do not consult others, but for those who have no tools and can go no further. */
function refusedHere(
  services: Services,
  agent: string,
  effect: NonNullable<ToolDone['effect']>,
): string | undefined {
  if (effect.kind !== 'consult') return undefined;
  const role = services.ask.roles.get(effect.role);
  if (!role) return `There is no specialist "${effect.role}".`;
  // Names of agents are their role's, with a number behind it but for the first.
  const first = services.ask.roles.has(agent);
  if (first || role.tools.length === 0) return undefined;
  return 'Only the one who was asked first consults others. Say in what you submit what is missing.';
}

type Answered = ToolAnswer & { isError?: boolean };

async function answerOf(services: Services, input: ToolInput, scope: ActivityScope): Promise<Answered> {
  const { agent, name } = input;
  const role = roleOf(services, agent.role);
  const tools = services.ask.toolsOf(role);
  const tool = tools.find((each) => each.name === name);
  if (!tool) {
    const names = tools.map((each) => each.name).join(', ');
    return { content: `There is no tool "${name}". There are: ${names}.`, isError: true };
  }
  const { bundle } = await groundsOf(services, agent.ask);
  const args = readArguments(tool, await argumentsOf(services, input));
  if ('fault' in args) return { content: args.fault, isError: true };
  const ctx = {
    ...(await toolContext(services, agent, bundle, scope)),
    conversation: input.conversation,
  };
  try {
    return await tool.run(args.value, ctx);
  } catch (cause) {
    if (!(cause instanceof SluiceError) || ERROR_CODES[cause.code].retryable) throw cause;
    const { code, message, next, place } = cause.problem;
    return {
      content: { error: code, message, ...(place === undefined ? {} : { place }), next },
      isError: true,
    };
  }
}

/** The call itself is in the conversation; only its id travels. */
async function argumentsOf(services: Services, { conversation, id }: ToolInput): Promise<unknown> {
  const { artifacts } = services.store;
  const turns = await turnsOf(artifacts, await artifacts.getJson<Conversation>(conversation));
  const content = turns.at(-1)?.content;
  const block = Array.isArray(content)
    ? content.find((each): each is Anthropic.ToolUseBlockParam => each.type === 'tool_use' && each.id === id)
    : undefined;
  return block?.input;
}

/** Lenient about form (JSON in a string), strict about content. */
function readArguments(tool: Tool, given: unknown): { value: unknown } | { fault: string } {
  const broken = (given as { [NOT_JSON]?: unknown } | null | undefined)?.[NOT_JSON];
  const raw = broken ?? given;
  const first = tool.input.safeParse(raw);
  if (first.success && broken === undefined) return { value: first.data };
  const parsed = typeof raw === 'string' ? parsedJson(raw) : undefined;
  if (parsed !== undefined) {
    const second = tool.input.safeParse(parsed);
    if (second.success) return { value: second.data };
  }
  if (broken !== undefined)
    // A tool that reads its arguments itself may make something of it.
    return first.success && typeof raw === 'string'
      ? { value: first.data }
      : { fault: `The arguments of ${tool.name} were not JSON. Call it again with valid JSON.` };
  const faults = first.success ? [] : first.error.issues;
  const lines = faults.map(
    ({ path, message }) => `- ${path.map(String).join('.') || 'the whole'}: ${message}`,
  );
  return { fault: `The arguments of ${tool.name} do not match its schema:\n${lines.join('\n')}` };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function doneText(name: string, { isError, effect }: ToolDone, ms: number): string {
  const how =
    effect?.kind === 'repair' ? 'sent back with diagnostics' : isError ? 'answered with an error' : 'done';
  return `${name}: ${how} (${Math.round(ms)} ms)`;
}
