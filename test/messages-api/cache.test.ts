import type Anthropic from '@anthropic-ai/sdk';
import { clientOf, HAIKU, says, SONNET } from './client';
import { startMessagesApi, type MessagesApi } from './server';

const MINUTE = 60_000;
let now = 0;
let api: MessagesApi;
let client: Anthropic;
beforeAll(async () => {
  api = await startMessagesApi({ now: () => now });
  client = clientOf(api);
});
beforeEach(() => {
  api.reset();
  api.script([{ when: {}, answer: { text: 'hi' } }]);
});
afterAll(() => api.stop());

const LONG = 'All that is known of the warehouse. '.repeat(300);
const marked = (text: string, ttl?: '5m' | '1h'): Anthropic.TextBlockParam => ({
  type: 'text',
  text,
  cache_control: { type: 'ephemeral', ...(ttl ? { ttl } : {}) },
});
const usage = async (params: Partial<Anthropic.MessageCreateParamsNonStreaming>, text = 'a') => {
  const { usage } = await client.messages.create(says(text, params));
  return {
    fresh: usage.input_tokens,
    written: usage.cache_creation_input_tokens,
    read: usage.cache_read_input_tokens,
  };
};

it('writes a marked prefix once and reads it afterwards', async () => {
  const system = [marked(LONG)];
  const first = await usage({ system });
  expect(first).toEqual({ fresh: 5, written: expect.any(Number), read: 0 });
  expect(first.written).toBeGreaterThan(2_000);
  expect(await usage({ system }, 'another question')).toEqual({ fresh: 8, written: 0, read: first.written });
});

it('reads the longest prefix that a conversation shares, and writes what was added', async () => {
  const system = [marked(LONG)];
  const turns: Anthropic.MessageParam[] = [
    { role: 'user', content: [marked('first question')] },
    { role: 'assistant', content: 'answer' },
    { role: 'user', content: [marked('second question')] },
  ];
  const first = await usage({ system, messages: turns.slice(0, 1) });
  const second = await usage({ system, messages: turns });
  expect(first).toMatchObject({ fresh: 0, read: 0 });
  expect(second).toMatchObject({ fresh: 0, read: first.written });
  expect(second.written).toBeGreaterThan(0);
});

it('does nothing below the model’s minimum', async () => {
  const system = [marked('short')];
  expect(await usage({ system })).toMatchObject({ written: 0, read: 0 });
  expect(await usage({ system })).toMatchObject({ written: 0, read: 0 });
});

it('forgets after five minutes, or an hour where that is asked for; a read renews', async () => {
  const short = { system: [marked(LONG)] };
  const long = { system: [marked(`${LONG}!`, '1h')] };
  const { cache_creation } = (await client.messages.create(says('a', long))).usage;
  expect(cache_creation).toMatchObject({ ephemeral_5m_input_tokens: 0 });
  await usage(short);
  now += 4 * MINUTE;
  expect(await usage(short)).toMatchObject({ written: 0 });
  now += 4 * MINUTE;
  expect(await usage(short)).toMatchObject({ written: 0 });
  now += 6 * MINUTE;
  expect(await usage(short)).toMatchObject({ read: 0 });
  expect(await usage(long)).toMatchObject({ written: 0 });
});

it('is one per model, and a mark on the request is one on its last block', async () => {
  const params = { system: LONG, cache_control: { type: 'ephemeral' } } as const;
  expect(await usage({ ...params, model: SONNET })).toMatchObject({ fresh: 0, read: 0 });
  expect(await usage({ ...params, model: SONNET })).toMatchObject({ fresh: 0, written: 0 });
  expect(await usage({ ...params, model: HAIKU })).toMatchObject({ read: 0 });
});

it('is filled without an answer by max_tokens 0', async () => {
  const system = [marked(LONG)];
  expect(await client.messages.create(says('a', { system, max_tokens: 0 }))).toMatchObject({ content: [] });
  expect(await usage({ system })).toMatchObject({ written: 0 });
});
