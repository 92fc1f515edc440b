import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import { failureOf, mayPass, retryAfterOf } from '../../llm/failures';
import { placeOf } from '../../llm/place';
import { costOf, priceOf } from '../../llm/prices';
import { callKey, paramsOf, requestKey, type ModelRequest } from '../../llm/request';
import { fail } from '../../schemas/errors';
import { llmSchema } from '../../schemas/llm';

const TOKENS = { input: 1_000_000, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0 };

describe('what a call costs', () => {
  it('is counted by kind of token: writing the cache 1.25 and 2 times, reading it a tenth of the input', () => {
    const price = priceOf('claude-opus-5-5', {});
    expect(costOf(price, TOKENS)).toBeCloseTo(4);
    expect(costOf(price, { ...TOKENS, input: 0, cacheWrite5m: 1_000_000 })).toBeCloseTo(5);
    expect(costOf(price, { ...TOKENS, input: 0, cacheWrite1h: 1_000_000 })).toBeCloseTo(8);
    expect(costOf(price, { ...TOKENS, input: 0, cacheRead: 1_000_000 })).toBeCloseTo(0.4);
    expect(costOf(price, { ...TOKENS, input: 0, output: 1_000_000 })).toBeCloseTo(20);
  });

  it('is five times as much for a long prompt of the small model, as a whole', () => {
    const price = priceOf('claude-haiku-5-5', {});
    const short = { ...TOKENS, input: 100_000, output: 1_000 };
    expect(costOf(price, { ...short, input: 100_001 }) / costOf(price, short)).toBeCloseTo(5, 3);
  });

  it('is that of the dearest where a model has no price, and of the configuration where it says one', () => {
    expect(priceOf('nobody', {})).toEqual(priceOf('claude-opus-5-5', {}));
    expect(priceOf('claude-sonnet-5-5-20261021', {})).toEqual({ input: 2, output: 10 });
    expect(priceOf('mine', { mine: { input: 1, output: 1 } })).toEqual({ input: 1, output: 1 });
  });
});

describe('a failed call', () => {
  const headers = (entries: Record<string, string>) => new Headers(entries);
  const at = { model: 'm', host: 'h' };
  const error = (status: number, type: string, more: Record<string, string> = {}) =>
    APIError.generate(status, { type: 'error', error: { type, message: 'said' } }, undefined, headers(more));

  it('that the service says may be tried again is, and one that it says may not is not', () => {
    const told = (value: string) => failureOf(error(500, 'api_error', { 'x-should-retry': value }), at);
    expect(mayPass(told('true'))).toBe(true);
    expect(mayPass(told('false'))).toBe(false);
    expect(mayPass(failureOf(new APIConnectionError({ message: 'gone' }), at))).toBe(true);
    expect(mayPass(failureOf(error(400, 'invalid_request_error'), at))).toBe(false);
  });

  it('waits as long as it is told: in seconds, in milliseconds, until a date', () => {
    const after = (name: string, value: string) =>
      retryAfterOf(error(429, 'rate_limit_error', { [name]: value }), Date.parse('2026-01-01T00:00:00Z'));
    expect(after('retry-after', '7')).toBe(7_000);
    expect(after('retry-after-ms', '250')).toBe(250);
    expect(after('retry-after', 'Thu, 01 Jan 2026 00:00:30 GMT')).toBe(30_000);
    expect(after('retry-after', 'soon')).toBeUndefined();
  });

  it('at an address that is no service of models says so', () => {
    const page = APIError.generate(404, undefined, '<html>', headers({}));
    expect(failureOf(page, at).error.problem).toMatchObject({ code: 'llm_request_refused' });
  });
});

describe('a request', () => {
  const request: ModelRequest = {
    model: 'claude-opus-5-5',
    maxTokens: 10,
    system: 's',
    tools: [{ name: 't', description: 'd', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'a' }] },
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature: 'y' }] },
      { role: 'user', content: [{ type: 'text', text: 'b' }] },
    ],
  };

  it('marks tools, system prompt and the last message for the cache, and nothing that the model said', () => {
    const params = paramsOf(request);
    const marks = JSON.stringify(params).split('cache_control').length - 1;
    expect(marks).toBe(3);
    expect(params.messages[1]).toEqual(request.messages[1]);
  });

  it('has one key, whatever the order of its keys, and another under another prompt', () => {
    const turned = Object.fromEntries(Object.entries(request).reverse()) as unknown as ModelRequest;
    expect(requestKey(turned, 'p')).toBe(requestKey(request, 'p'));
    expect(requestKey(request, 'q')).not.toBe(requestKey(request, 'p'));
    const call = { askId: 'a', agent: 'b', nth: 1, conversation: 'c', prompt: 'p', model: 'm' };
    expect(callKey({ ...call, nth: 2 })).not.toBe(callKey(call));
  });
});

describe('the key of the service', () => {
  const missing = () => Promise.reject(fail('secret_missing', 'not set', { next: 'set it' }));

  it('is the secret that is configured, else that of the environment', async () => {
    const llm = llmSchema.parse({});
    const env = { ANTHROPIC_API_KEY: 'from-env', ANTHROPIC_BASE_URL: 'http://there' };
    expect(await placeOf(llm, () => Promise.resolve('secret'), env)).toEqual({
      apiKey: 'secret',
      baseUrl: 'http://there',
    });
    expect(await placeOf(llm, missing, env)).toMatchObject({ apiKey: 'from-env' });
  });

  it('that nobody has is said, with what works without one', async () => {
    await expect(placeOf(llmSchema.parse({}), missing, {})).rejects.toMatchObject({
      problem: { code: 'llm_key_missing', next: expect.stringContaining('sluice plan') as string },
    });
  });
});
