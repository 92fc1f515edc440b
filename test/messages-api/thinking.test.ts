import type Anthropic from '@anthropic-ai/sdk';
import { clientOf, HAIKU, LOOK, OPUS, says, SONNET } from './client';
import { startMessagesApi, type MessagesApi } from './server';

let api: MessagesApi;
let client: Anthropic;
beforeAll(async () => {
  api = await startMessagesApi({
    script: [
      { when: { result: 'look' }, answer: { text: 'done' } },
      {
        when: { offers: 'look' },
        answer: { thinking: 'hm', text: 'I will look.', tool: 'look', input: { name: 'a' } },
      },
      { when: {}, answer: { text: 'hi' } },
    ],
  });
  client = clientOf(api);
});
afterAll(() => api.stop());

const SUMMARIZED = { type: 'adaptive', display: 'summarized' } as const;
const types = (message: Anthropic.Message) => message.content.map((block) => block.type);

/** A conversation that has come to a call, and the request that answers it. */
async function called(model: string, thinking: Anthropic.ThinkingConfigParam = SUMMARIZED) {
  const request = says('find a', { model, tools: [LOOK], thinking });
  const message = await client.messages.create(request);
  const { id } = message.content.find((block) => block.type === 'tool_use')!;
  const goOn = (content: Anthropic.ContentBlockParam[], words = 'find a'): typeof request => ({
    ...request,
    messages: [
      { role: 'user', content: words },
      { role: 'assistant', content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'x' }] },
    ],
  });
  return { message, goOn };
}

it('comes first from a model that always thinks, and only if asked from one that does not', async () => {
  expect(types(await client.messages.create(says('a', { model: OPUS })))).toEqual(['thinking', 'text']);
  expect(types(await client.messages.create(says('a', { model: SONNET })))).toEqual(['thinking', 'text']);
  const off = says('a', { model: SONNET, thinking: { type: 'between_tools' } });
  expect(types(await client.messages.create(off))).toEqual(['text']);
  expect(types(await client.messages.create(says('a', { model: HAIKU })))).toEqual(['text']);
});

it('has no words unless they are asked for, and takes in those between tool calls', async () => {
  const { message } = await called(OPUS);
  expect(message.content).toMatchObject([{ thinking: 'hm\n\nI will look.' }, { type: 'tool_use' }]);
  const silent = await called(OPUS, { type: 'adaptive' });
  expect(silent.message.content).toMatchObject([
    { thinking: '', signature: expect.stringMatching(/^claude-opus-5-5\./) },
    { type: 'tool_use' },
  ]);
  expect(message.usage.output_tokens_details!.thinking_tokens).toBeGreaterThan(0);
});

it('streams with its signature', async () => {
  const streamed = await client.messages
    .stream(says('a', { model: OPUS, thinking: SUMMARIZED }))
    .finalMessage();
  expect(streamed.content[0]).toMatchObject({
    type: 'thinking',
    thinking: expect.stringMatching(/./),
    signature: expect.stringMatching(/^claude-opus-5-5\./),
  });
});

it('sent back as it came is accepted, also from another server', async () => {
  const { message, goOn } = await called(OPUS);
  await expect(client.messages.create(goOn(message.content))).resolves.toMatchObject({
    stop_reason: 'end_turn',
  });
  const other = await startMessagesApi({ script: [{ text: 'ok' }] });
  await expect(clientOf(other).messages.create(goOn(message.content))).resolves.toMatchObject({
    role: 'assistant',
  });
  await other.stop();
});

it('altered, dropped, in another conversation or for another model is refused', async () => {
  const { message, goOn } = await called(OPUS);
  const refused = async (request: Anthropic.MessageCreateParamsNonStreaming) => {
    const error: unknown = await client.messages.create(request).catch((thrown: unknown) => thrown);
    return error as { status: number; apiMessage: string };
  };
  const altered = message.content.map((block) =>
    block.type === 'thinking' ? { ...block, thinking: 'no' } : block,
  );
  expect((await refused(goOn(altered))).apiMessage).toMatch(
    /messages.1.content.0: `thinking` blocks must be sent back/,
  );
  expect((await refused(goOn(message.content, 'find b'))).apiMessage).toMatch(/after the same messages/);
  const dropped = message.content.filter((block) => block.type !== 'thinking');
  expect((await refused(goOn(dropped))).apiMessage).toMatch(/Expected `thinking`/);
  const moved = { ...goOn(message.content), model: SONNET };
  expect((await refused(moved)).apiMessage).toMatch(
    /made by claude-opus-5-5; it cannot be sent to claude-sonnet-5-5/,
  );
});
