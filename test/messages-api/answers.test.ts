import { clientOf, HAIKU, LOOK, says } from './client';
import { startMessagesApi, type MessagesApi } from './server';

let api: MessagesApi;
beforeAll(async () => {
  api = await startMessagesApi();
});
afterEach(() => api.reset());
afterAll(() => api.stop());

describe('an answer of the local Messages API', () => {
  it('has every key that the client’s types require', async () => {
    api.script([{ text: 'hi' }]);
    const { data, request_id } = await clientOf(api).messages.create(says('hello')).withResponse();
    expect(request_id).toMatch(/^req_/);
    expect(data).toEqual({
      id: expect.stringMatching(/^msg_/),
      type: 'message',
      role: 'assistant',
      model: HAIKU,
      content: [{ type: 'text', text: 'hi', citations: null }],
      container: null,
      diagnostics: null,
      stop_details: null,
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 6,
        output_tokens: 5,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 0 },
        output_tokens_details: null,
        server_tool_use: null,
        service_tier: 'standard',
        inference_geo: null,
        speed: null,
      },
    });
  });

  it('is the same message as a stream', async () => {
    const text = 'Ein längerer Satz, über 𝄞 und é, der in mehrere Stücke zerfällt. '.repeat(5);
    api.script([
      { when: {}, answer: { text, tools: [{ name: 'look', input: { name: text }, id: 'toolu_a' }] } },
    ]);
    const client = clientOf(api);
    const whole = await client.messages.create(says('hello', { tools: [LOOK] }));
    const seen: string[] = [];
    const stream = client.messages
      .stream(says('hello', { tools: [LOOK] }))
      .on('text', (piece) => seen.push(piece));
    const streamed = await stream.finalMessage();
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.join('')).toBe(text);
    // The client's own accumulator leaves out what `message_delta` does not have.
    expect(streamed).toMatchObject({ ...whole, id: streamed.id, usage: expect.anything() });
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  });

  it('calls tools, and is given their results', async () => {
    api.script([
      {
        when: { offers: 'look', turn: 0 },
        answer: {
          tools: [
            { name: 'look', input: { name: 'a' } },
            { name: 'look', input: { name: 'b' } },
          ],
        },
      },
      {
        when: { result: 'look', resultText: /found b/ },
        answer: (request) => ({ text: request.results.map(({ text }) => text).join() }),
      },
    ]);
    const client = clientOf(api);
    const first = await client.messages.create(says('both', { tools: [LOOK] }));
    expect(first.stop_reason).toBe('tool_use');
    const calls = first.content.filter((block) => block.type === 'tool_use');
    expect(calls.map(({ caller }) => caller)).toEqual([{ type: 'direct' }, { type: 'direct' }]);
    const second = await client.messages.create({
      ...says('both', { tools: [LOOK] }),
      messages: [
        { role: 'user', content: 'both' },
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: calls.map(({ id, input }) => ({
            type: 'tool_result',
            tool_use_id: id,
            content: `found ${(input as { name: string }).name}`,
          })),
        },
      ],
    });
    expect(second.content).toEqual([{ type: 'text', text: 'found a,found b', citations: null }]);
  });

  it('stops at max_tokens, and at a stop sequence', async () => {
    api.script([{ when: {}, answer: { text: 'one two three four five six seven eight nine ten' } }]);
    const client = clientOf(api);
    const short = await client.messages.create(says('count', { max_tokens: 6 }));
    expect(short).toMatchObject({ stop_reason: 'max_tokens', content: [{ text: 'one two ' }] });
    const stopped = await client.messages.create(says('count', { stop_sequences: ['six', 'four'] }));
    expect(stopped).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'four' });
    expect(stopped.content).toMatchObject([{ text: 'one two three ' }]);
  });

  it('that no rule gives is an error which says what was asked', async () => {
    api.script([{ when: { text: 'something else' }, answer: { text: 'no' } }]);
    await expect(clientOf(api).messages.create(says('hello there'))).rejects.toMatchObject({
      status: 400,
      apiMessage: expect.stringMatching(/none of 1 rules .*"hello there"/),
    });
  });

  it('in a list is given once, one after the other, and what was not given is known', async () => {
    api.script([{ text: 'a' }, { when: { text: 'x' }, answer: [{ text: 'x1' }, { text: 'x2' }] }]);
    const client = clientOf(api);
    const answers = [];
    for (const text of ['a', 'x', 'x'])
      answers.push(
        (await client.messages.create(says(text))).content.map((block) => 'text' in block && block.text),
      );
    expect(answers.flat()).toEqual(['a', 'x1', 'x2']);
    expect(api.unused()).toBe(0);
  });
});

describe('requests that arrived', () => {
  it('are kept, with what became of each and what was paid', async () => {
    api.script([{ when: {}, answer: { text: 'hi' } }]);
    const client = clientOf(api);
    await client.messages.create(says('one'));
    await client.messages.create(says('one', { stream: false }));
    await expect(client.messages.create(says('two', { max_tokens: -1 }))).rejects.toThrow();
    expect(api.requests.map(({ nth, outcome, status }) => [nth, outcome, status])).toEqual([
      [1, 'answered', 200],
      [2, 'answered', 200],
      [3, 'refused', 400],
    ]);
    expect(api.counts()).toEqual({ arrived: 3, paid: 2, answered: 2, refused: 1, repeated: 1 });
    const counts = await fetch(`${api.url}/_/counts`).then((response) => response.json());
    expect(counts).toEqual(api.counts());
  });

  it('stay known when the client goes away in the middle', async () => {
    const slow = await startMessagesApi({ paceMs: 20, script: [{ text: 'word '.repeat(200) }] });
    try {
      const stream = clientOf(slow).messages.stream(says('talk'));
      await new Promise<void>((resolve) => stream.once('text', () => resolve()));
      stream.abort();
      await expect(stream.finalMessage()).rejects.toThrow();
      while (slow.requests[0]?.outcome === 'answering')
        await new Promise((resolve) => setTimeout(resolve, 10));
      expect(slow.requests[0]).toMatchObject({ outcome: 'gone', answer: { stop_reason: 'end_turn' } });
      expect(slow.counts()).toMatchObject({ paid: 1, answered: 0 });
    } finally {
      await slow.stop();
    }
  });
});

it('tokens are counted by the same rule as they are billed', async () => {
  api.script([{ text: 'hi' }]);
  const client = clientOf(api);
  const request = says('wörter', { system: 'You are short.', tools: [LOOK] });
  const { max_tokens: _, ...counted } = request;
  const { input_tokens } = await client.messages.countTokens(counted);
  const { usage } = await client.messages.create(request);
  expect(usage.input_tokens).toBe(input_tokens);
});
