import type Anthropic from '@anthropic-ai/sdk';
import type { CallResult } from '../../../schemas/ask';
import type { Services } from '../../services';
import { appended } from './conversation';
import type { PreparedCall } from './prepare-call';
import { typedOutput } from './typed-output';

type Answered = Extract<CallResult, { kind: 'answer' }>;

/** What the workflow is told of a stored answer; the same however often it is asked. */
export async function resultOf(
  services: Services,
  { role, conversation, agent, call }: PreparedCall,
  answer: string,
): Promise<Answered> {
  const { artifacts, asks } = services.store;
  const message = await artifacts.getJson<Anthropic.Message>(answer);
  const content = message.content as Anthropic.ContentBlockParam[];
  const [hash, usage] = await Promise.all([
    appended(artifacts, conversation, {
      role: 'assistant',
      // As it came, thinking included; an empty message could not be sent back.
      content: content.length > 0 ? content : [{ type: 'text', text: '(nothing)' }],
    }).then((left) => asks.calls.leftWith(call.key, left.hash).then(() => left.hash)),
    asks.calls.usage(agent.ask.askId),
  ]);
  const tools = message.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ id: block.id, name: block.name }] : [],
  );
  const { tokens: _tokens, ...used } = usage;
  const stop = stopOf(message.stop_reason);
  const refusal = message.stop_details?.explanation ?? message.stop_details?.category;
  const result: Answered = {
    kind: 'answer',
    conversation: hash,
    stop,
    tools,
    usage: used,
    ...(stop === 'refusal' && refusal ? { refusal } : {}),
  };
  if (tools.length > 0 || stop !== 'end_turn' || services.ask.toolsOf(role).length > 0) return result;
  const read = typedOutput(textOf(message), services.ask.outputOf(role));
  if ('faults' in read) return { ...result, faults: read.faults };
  return { ...result, output: await artifacts.putJson('ask_output', read.value) };
}

function stopOf(reason: Anthropic.StopReason | null): Answered['stop'] {
  if (reason === 'model_context_window_exceeded') return 'context_window';
  return reason ?? 'end_turn';
}

export function textOf(message: Anthropic.Message): string {
  return message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('');
}
