import Anthropic from '@anthropic-ai/sdk';
import { clientOf, LOOK, says } from './client';
import { startMessagesApi, type MessagesApi } from './server';

let api: MessagesApi;
let client: Anthropic;
const ANSWER = { text: 'A sentence of some length, so that a stream has a middle. '.repeat(4) };
beforeAll(async () => {
  api = await startMessagesApi();
  client = clientOf(api);
});
beforeEach(() => {
  api.reset();
  api.script([{ when: {}, answer: ANSWER }]);
});
afterAll(() => api.stop());

const create = () => client.messages.create(says('a'));
const stream = () => client.messages.stream(says('a')).finalMessage();

describe('an error on demand', () => {
  it.each([
    ['401', 401, 'authentication_error'],
    ['402', 402, 'billing_error'],
    ['500', 500, 'api_error'],
    ['529', 529, 'overloaded_error'],
    ['grammar-timeout', 400, 'invalid_request_error'],
  ] as const)('%s', async (name, status, type) => {
    api.fail(name, name);
    await expect(create()).rejects.toMatchObject({ status, type });
    await expect(stream()).rejects.toMatchObject({ status, type });
    await expect(create()).resolves.toMatchObject({ stop_reason: 'end_turn' });
  });

  it('429 with and without retry-after', async () => {
    api.fail('429', { name: '429', retryAfter: 7 }, '429-bare');
    const retry = async () => {
      const error: unknown = await create().catch((thrown: unknown) => thrown);
      return error instanceof Anthropic.RateLimitError && error.headers.get('retry-after');
    };
    expect([await retry(), await retry(), await retry()]).toEqual(['1', '7', null]);
  });

  it('a spend limit: a 429 with its code and no retry-after', async () => {
    api.fail('spend-limit');
    await expect(create()).rejects.toMatchObject({ status: 429, errorCode: 'enforced_spend_limit_reached' });
  });

  it('any other that an answer states', async () => {
    api.script([{ error: { status: 413, type: 'request_too_large', message: 'too large' } }]);
    await expect(create()).rejects.toMatchObject({ status: 413, apiMessage: 'too large' });
  });
});

describe('a connection that breaks', () => {
  it('before the answer: nothing was paid', async () => {
    api.fail('cut');
    await expect(create()).rejects.toBeInstanceOf(Anthropic.APIConnectionError);
    expect(api.requests).toMatchObject([{ outcome: 'cut' }]);
    expect(api.counts().paid).toBe(0);
  });

  it('in the middle of a stream, and of a plain answer: it was paid', async () => {
    api.fail('cut-mid', 'cut-mid');
    // The client's helper for streams wraps it: neither an APIError nor an APIConnectionError.
    await expect(stream()).rejects.toThrow(/terminated/);
    await expect(create()).rejects.toThrow();
    expect(api.requests.map(({ outcome }) => outcome)).toEqual(['cut', 'cut']);
    expect(api.counts()).toMatchObject({ paid: 2, answered: 0, repeated: 1 });
  });

  it('by an error event in the middle of a stream, which has a type and no status', async () => {
    api.fail('stream-error');
    await expect(stream()).rejects.toMatchObject({ status: undefined, type: 'overloaded_error' });
    api.fail('stream-error');
    await expect(create()).rejects.toMatchObject({ status: 529 });
  });
});

describe('an answer that is not what was hoped for', () => {
  it('is cut at max_tokens', async () => {
    api.fail('max_tokens', 'max_tokens');
    const whole = await create();
    expect(whole).toMatchObject({ stop_reason: 'max_tokens' });
    expect((await stream()).content).toEqual(whole.content);
  });

  it('is cut within a call, whose input is then not whole', async () => {
    api.script([{ tool: 'look', input: { name: 'x'.repeat(400) }, fault: 'max_tokens' }]);
    const message = await client.messages.create(says('a', { tools: [LOOK] }));
    expect(message).toMatchObject({ stop_reason: 'max_tokens', content: [{ type: 'tool_use', input: {} }] });
  });

  it('is a refusal', async () => {
    api.fail('refusal');
    expect(await create()).toMatchObject({
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', category: 'general_harms' },
      content: [],
    });
  });

  it('is paused, and goes on when it is sent back as it is', async () => {
    api.script([{ text: 'half', fault: 'pause_turn' }, { text: 'and the rest' }]);
    const paused = await create();
    expect(paused.stop_reason).toBe('pause_turn');
    const { content } = await client.messages.create({
      ...says('a'),
      model: 'claude-sonnet-4-6',
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: paused.content },
      ],
    });
    expect(content).toMatchObject([{ text: 'and the rest' }]);
  });

  it('is JSON that does not parse, in words and in a call', async () => {
    api.script([{ json: { a: 1 } }, { tool: 'look', input: { name: 'abcdefgh' } }]);
    api.fail('invalid-json', 'invalid-json');
    const [text] = (await create()).content;
    expect(() => JSON.parse(text?.type === 'text' ? text.text : '{}')).toThrow();
    const [call] = (await client.messages.create(says('a', { tools: [LOOK] }))).content;
    expect(call).toMatchObject({ type: 'tool_use', input: expect.stringMatching(/oops$/) });
  });

  it('takes long to begin', async () => {
    api.fail({ name: 'slow', delayMs: 100_000 });
    const slow = client.messages.create(says('a'), { timeout: 50 });
    await expect(slow).rejects.toBeInstanceOf(Anthropic.APIConnectionTimeoutError);
    expect(api.counts()).toMatchObject({ arrived: 1, paid: 0 });
  });
});

describe('which request a fault is for', () => {
  it('a header of the request says', async () => {
    await create();
    await expect(client.messages.create(says('a'), { headers: { 'x-fault': '529' } })).rejects.toMatchObject({
      status: 529,
    });
  });

  it('a rule of the script says', async () => {
    api.script([
      { when: { text: 'b' }, fault: '402', times: 1 },
      { when: {}, answer: ANSWER },
    ]);
    await create();
    await expect(client.messages.create(says('b'))).rejects.toMatchObject({ status: 402 });
    await expect(client.messages.create(says('b'))).resolves.toMatchObject({ role: 'assistant' });
  });

  it('another process may say', async () => {
    await fetch(`${api.url}/_/faults`, { method: 'POST', body: JSON.stringify(['529']) });
    await expect(create()).rejects.toMatchObject({ status: 529 });
  });
});
