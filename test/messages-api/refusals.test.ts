import { clientOf, HAIKU, LOOK, OPUS, says, SONNET } from './client';
import { startMessagesApi, type MessagesApi } from './server';

let api: MessagesApi;
beforeAll(async () => {
  api = await startMessagesApi({ script: [{ when: {}, answer: { text: 'fine' } }] });
});
afterAll(() => api.stop());

const USE = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} } as const;
const RESULT = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' } as const;
const talk = (...messages: unknown[]) => ({ messages, tools: [LOOK] });
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });

/** What is asked, and what the error says. */
const REFUSED: [string, object, RegExp][] = [
  ['temperature, even at its default', { temperature: 1 }, /temperature/],
  ['top_p', { top_p: 1 }, /top_p/],
  ['top_k', { top_k: 5 }, /top_k/],
  ['a parameter that does not exist', { max_token: 5 }, /max_token: Extra inputs/],
  ['no max_tokens', { max_tokens: undefined }, /max_tokens: Field required/],
  ['more max_tokens than the model has', { max_tokens: 65_000 }, /64000/],
  ['no messages', { messages: [] }, /at least one message/],
  ['a first message that is not the user’s', { messages: [assistant('hi')] }, /first message/],
  ['a role that does not exist', { messages: [{ role: 'tool', content: 'x' }] }, /messages.0.role/],
  ['an empty message', { messages: [user('')] }, /non-empty content/],
  ['a blank text', { messages: [user([{ type: 'text', text: ' \n' }])] }, /non-whitespace/],
  [
    'an unknown key of a block',
    { messages: [user([{ type: 'text', text: 'a', id: 'b' }])] },
    /text.id: Extra/,
  ],
  ['a tool_result without its tool_use', talk(user([RESULT])), /unexpected `tool_use_id`.*toolu_1/],
  [
    'a tool_use without result',
    talk(user('a'), assistant([USE]), user('b')),
    /without `tool_result`.*toolu_1/,
  ],
  [
    'text before the results',
    talk(user('a'), assistant([USE]), user([{ type: 'text', text: 'b' }, RESULT])),
    /immediately after/,
  ],
  ['two results of one call', talk(user('a'), assistant([USE]), user([RESULT, RESULT])), /single result/],
  ['calls without tools', { messages: [user('a'), assistant([USE]), user([RESULT])] }, /must define tools/],
  [
    'a conversation that ends with the assistant',
    { model: OPUS, messages: [user('a'), assistant('b')] },
    /prefill/,
  ],
  ['two tools of one name', { tools: [LOOK, LOOK] }, /unique/],
  ['a tool name with a dot', { tools: [{ ...LOOK, name: 'a.b' }] }, /tools.0.name/],
  [
    'a choice at the top of a tool’s schema',
    { tools: [{ ...LOOK, input_schema: { type: 'object', anyOf: [] } }] },
    /top level/,
  ],
  [
    'a strict tool with a bound',
    {
      tools: [
        {
          ...LOOK,
          strict: true,
          input_schema: {
            type: 'object',
            additionalProperties: false,
            properties: { n: { type: 'integer', minimum: 1 } },
          },
        },
      ],
    },
    /'minimum' is not supported/,
  ],
  [
    'an output format that allows more keys',
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    /additionalProperties/,
  ],
  [
    'forced tool choice of Opus 5.5',
    { model: OPUS, tools: [LOOK], tool_choice: { type: 'any' } },
    /forced tool use/,
  ],
  [
    'forced tool choice of Sonnet 5.5',
    { model: SONNET, tools: [LOOK], tool_choice: { type: 'tool', name: 'look' } },
    /forced tool use/,
  ],
  [
    'thinking turned off on Opus 5.5',
    { model: OPUS, thinking: { type: 'disabled' } },
    /thinking.type.disabled/,
  ],
  [
    'a thinking budget on Sonnet 5.5',
    { model: SONNET, max_tokens: 4_000, thinking: { type: 'enabled', budget_tokens: 2_000 } },
    /thinking.type.enabled/,
  ],
  [
    'five marks of the cache',
    {
      system: Array.from({ length: 5 }, () => ({
        type: 'text',
        text: 'a',
        cache_control: { type: 'ephemeral' },
      })),
    },
    /maximum of 4/,
  ],
  ['a prompt longer than the context', { messages: [user('x'.repeat(900_000))] }, /prompt is too long/],
];

it.each(REFUSED)('refuses %s', async (_, params, message) => {
  const request = { ...says('hello'), ...params };
  // With a timeout the client does not refuse a large max_tokens by itself.
  await expect(clientOf(api).messages.create(request, { timeout: 60_000 })).rejects.toMatchObject({
    status: 400,
    type: 'invalid_request_error',
    apiMessage: expect.stringMatching(message),
    requestID: expect.stringMatching(/^req_/),
  });
});

it('accepts forced tool choice where the model does', async () => {
  const request = says('hello', { model: HAIKU, tools: [LOOK], tool_choice: { type: 'any' } });
  await expect(clientOf(api).messages.create(request)).resolves.toMatchObject({ stop_reason: 'end_turn' });
});

it('answers an unknown model with 404', async () => {
  await expect(clientOf(api).messages.create(says('a', { model: 'claude-none' }))).rejects.toMatchObject({
    status: 404,
    type: 'not_found_error',
    apiMessage: 'model: claude-none',
  });
});

it('answers a wrong key with 401, by either header, and the right one by either', async () => {
  await expect(clientOf(api, { apiKey: 'wrong' }).messages.create(says('a'))).rejects.toMatchObject({
    status: 401,
    type: 'authentication_error',
  });
  const post = (headers: Record<string, string>) =>
    fetch(`${api.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(says('a')) });
  const version = { 'anthropic-version': '2026-10-21' };
  expect((await post({ ...version, authorization: 'Bearer test-key' })).status).toBe(200);
  expect((await post({ ...version, 'x-api-key': 'test-key' })).status).toBe(200);
  expect((await post({ ...version, 'x-api-key': 'other' })).status).toBe(401);
  expect((await post(version)).status).toBe(401);
});

it('wants the version of the API', async () => {
  const response = await fetch(`${api.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': 'test-key' },
    body: JSON.stringify(says('a')),
  });
  expect(response.status).toBe(400);
  const { error, request_id } = (await response.json()) as { error: { message: string }; request_id: string };
  expect(error.message).toMatch(/anthropic-version/);
  expect(request_id).toBe(response.headers.get('request-id'));
});

it('refuses a body that is not JSON', async () => {
  const response = await fetch(`${api.url}/v1/messages`, { method: 'POST', body: '{' });
  expect(response.status).toBe(400);
});
