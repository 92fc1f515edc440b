import { cancelAsk } from '../../../client/core/asks/act';
import type { Link } from '../../../client/core/stack';
import type { AskDocument } from '../../../schemas/ask';
import { keepHistory } from '../../e2e/histories';
import { codeOf } from '../scripted';
import { askBed, type AskBed } from './bed';

jest.setTimeout(60_000);

const GOAL = (schema: string, file = 'people.csv') => ({
  goal: `from-words-${schema}`,
  steps: [{ id: 'load', ingest: { from: { files: file }, into: `${schema}.people` } }],
});
const ANSWER = { tool: 'answer', input: { answer: 'forty two' } };

describe('an ask', () => {
  let bed: AskBed;
  beforeAll(async () => {
    bed = await askBed();
    bed.engine.write('people.csv', 'id,name\n1,ann\n');
  });
  afterAll(() => bed?.close());
  beforeEach(() => bed.api.reset());

  const agentOf = (askId: string, nth = 1) => bed.engine.client.workflow.getHandle(`${askId}.planner.${nth}`);

  it('ends with a rehearsed goal, and applies nothing', async () => {
    bed.api.script([
      { thinking: 'look first', tool: 'look', input: { at: 'raw' } },
      { thinking: 'now the goal', tool: 'submit_goal', input: { goal: GOAL('planned') } },
    ]);
    const handle = await bed.ask('load people.csv');
    const document = await bed.end(handle);
    expect(document).toMatchObject({
      status: 'answered',
      goal: 'from-words-planned',
      assumptions: ['that it is meant so'],
      usage: { calls: 2, cached: 0 },
      repairs: 0,
    });
    expect(document.bundle).toMatch(/^[0-9a-f]{64}$/);
    const there = await bed.engine.admin.query(`select to_regclass('planned.people') as t`);
    expect(there.rows).toEqual([{ t: null }]);
    await keepHistory('ask_answered', handle);
    await keepHistory('agent_planned', agentOf(handle.workflowId));
  });

  it('tells how it goes, numbered without gaps', async () => {
    bed.api.script([{ text: 'I look first.', tool: 'look', input: { at: 'raw' } }, ANSWER]);
    const handle = await bed.ask('how many are there, step by step?');
    await bed.end(handle);
    const events = await bed.engine.services.store.asks.events(handle.workflowId);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, nth) => nth + 1));
    expect(events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['call', 'text', 'tool_done', 'end']),
    );
    const said = events.filter(({ kind }) => kind === 'text').map(({ text }) => text);
    expect(said.join('')).toContain('I look first.');
  });

  it('that a rehearsal refuses goes back with what it found, and passes when that is corrected', async () => {
    bed.api.script([
      { tool: 'submit_goal', input: { goal: GOAL('repaired', 'no-such.csv') } },
      { tool: 'submit_goal', input: { goal: GOAL('repaired') } },
    ]);
    const handle = await bed.ask('load what is not there');
    expect(await bed.end(handle)).toMatchObject({ status: 'answered', repairs: 1 });
    const last = JSON.stringify(bed.api.requests.at(-1)!.body.messages.at(-1));
    expect(last).toContain('source_missing');
    await keepHistory('ask_repaired', handle);
  });

  it('stops when the same diagnostics come again', async () => {
    bed.api.script([{ answer: { tool: 'check', input: { fault: 'no such column' } } }]);
    const document = await bed.end(await bed.ask('the same fault'));
    expect(document).toMatchObject({ status: 'failed', repairs: 1, error: { code: 'ask_failed' } });
    expect(document.error!.faults).toEqual([{ path: 'steps[0]', message: 'no such column' }]);
    expect(bed.api.requests).toHaveLength(2);
  });

  it('stops after three rounds, whatever the diagnostics', async () => {
    bed.api.script([{ answer: ({ turn }) => ({ tool: 'check', input: { fault: `fault ${turn}` } }) }]);
    const document = await bed.end(await bed.ask('new faults every time'));
    expect(document).toMatchObject({ status: 'failed', repairs: 3, error: { code: 'ask_failed' } });
    expect(bed.api.requests).toHaveLength(4);
  });

  it('answered in prose is told once to call a tool', async () => {
    bed.api.script([{ text: 'Here is what I would do.' }, ANSWER]);
    expect(await bed.end(await bed.ask('prose first'))).toMatchObject({ status: 'answered', repairs: 1 });
    expect(JSON.stringify(bed.api.requests.at(-1)!.body.messages.at(-1))).toContain('submit_goal');
  });

  it('answered in prose twice fails', async () => {
    bed.api.script([{ answer: { text: 'I would rather talk.' } }]);
    const document = await bed.end(await bed.ask('prose for ever'));
    expect(document).toMatchObject({ status: 'failed', error: { code: 'ask_failed' } });
    expect(bed.api.requests).toHaveLength(2);
  });

  it('with two closing calls in one turn counts neither', async () => {
    bed.api.script([
      {
        tools: [
          { name: 'answer', input: { answer: 'yes' } },
          { name: 'decline', input: { reason: 'no' } },
        ],
      },
      ANSWER,
    ]);
    const document = await bed.end(await bed.ask('yes and no'));
    expect(document).toMatchObject({ status: 'answered', answer: 'forty two', repairs: 1 });
  });

  it('whose model calls tools without end is stopped at its number of calls', async () => {
    bed.api.script([{ answer: { tool: 'look', input: { at: 'again' } } }]);
    const document = await bed.end(await bed.ask('look, and look again'));
    expect(document).toMatchObject({ status: 'failed', error: { code: 'ask_failed' }, usage: { calls: 12 } });
    expect(document.error!.message).toContain('12 calls');
  });

  it('tells a model what it called wrongly: a tool there is none of, arguments of another form', async () => {
    bed.api.script([
      {
        tools: [
          { name: 'drop_table', input: {} },
          { name: 'look', input: { where: 1 } },
          { name: 'big', input: {} },
        ],
      },
      ANSWER,
    ]);
    await bed.end(await bed.ask('strange calls'));
    const content = bed.api.requests.at(-1)!.body.messages.at(-1)!.content as {
      is_error: boolean;
      content: string;
    }[];
    expect(content.map((block) => block.is_error)).toEqual([true, true, false]);
    expect(content[0]!.content).toContain('There is no tool "drop_table"');
    expect(Buffer.byteLength(content[2]!.content)).toBeLessThanOrEqual(16_384);
    expect(content[2]!.content).toContain('cut here');
  });

  it('that is declined says why and what is missing', async () => {
    bed.api.script([{ tool: 'decline', input: { reason: 'There is no such data.' } }]);
    const handle = await bed.ask('something impossible');
    expect(await bed.end(handle)).toMatchObject({
      status: 'declined',
      error: { code: 'ask_declined', message: 'There is no such data.', next: 'Missing: a table.' },
    });
    await keepHistory('ask_declined', handle);
  });

  it('asks a person, and goes on with the answer', async () => {
    bed.api.script([{ tool: 'ask_person', input: { question: 'Which region?' } }, ANSWER]);
    const handle = await bed.ask('a choice');
    const { questions } = await bed.until(handle, 'asking');
    const { id } = questions[0]!;
    const answer = (over: object) =>
      handle.executeUpdate('answer', { args: [{ questionId: id, text: 'north', by: 'ann', ...over }] });
    expect(await codeOf(answer({ questionId: 'another' }))).toBe('not_found');
    expect(await codeOf(answer({ text: ' ' }))).toBe('usage');
    expect(await codeOf(answer({ by: '' }))).toBe('decision_unidentified');
    await answer({});
    expect(await bed.end(handle)).toMatchObject({ status: 'answered', questions: [] });
    expect(JSON.stringify(bed.api.requests.at(-1)!.body.messages.at(-1))).toContain('north');
    await keepHistory('ask_asked', handle);
  });

  it('with nobody there ends with the open question', async () => {
    bed.api.script([{ tool: 'ask_person', input: { question: 'Which one?' } }]);
    const document = await bed.end(await bed.ask('a choice for nobody', { interactive: false }));
    expect(document).toMatchObject({
      error: { code: 'question_open' },
      questions: [{ question: 'Which one?' }],
    });
  });

  it('over its budget waits for more, and goes on where it was', async () => {
    bed.api.script([{ tool: 'look', input: { at: 'raw' } }, ANSWER]);
    const handle = await bed.ask('a long one', { input: { budget: { tokens: 2_000 } } });
    await bed.until(handle, 'over_budget');
    const spent = bed.api.requests.length;
    expect(await codeOf(handle.executeUpdate('budget', { args: [{ tokens: -1, by: 'ann' }] }))).toBe('usage');
    await handle.executeUpdate('budget', { args: [{ tokens: 100_000, by: 'ann' }] });
    expect(await bed.end(handle)).toMatchObject({ status: 'answered', usage: { calls: 2 } });
    expect(bed.api.requests.length).toBeLessThanOrEqual(spent + 2);
    await keepHistory('ask_over_budget', handle);
  });

  it('over its budget with nobody there ends', async () => {
    bed.api.script([{ answer: ANSWER }]);
    const over = { interactive: false, input: { budget: { tokens: 10 } } };
    expect(await bed.end(await bed.ask('too dear', over))).toMatchObject({
      status: 'failed',
      error: { code: 'budget_exceeded' },
    });
    expect(bed.api.requests).toHaveLength(0);
  });

  it('waiting for the service uses up the seconds; a service that wants more patience than that is not waited for', async () => {
    bed.api.script([{ answer: ANSWER, fault: { name: '429', retryAfter: 600 } }]);
    const over = { interactive: false, input: { budget: { seconds: 1 } } };
    const document = await bed.end(await bed.ask('a busy service', over));
    expect(document.error).toMatchObject({ code: 'budget_exceeded' });
    expect(document.error!.message).toContain('The budget of seconds of this ask is used up');
    expect(document.usage.seconds).toBeGreaterThanOrEqual(1);
    expect(bed.api.requests).toHaveLength(1);
  });

  it('says what it has used after every call, while its agent still works', async () => {
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    bed.api.script([
      { when: { turn: 0 }, answer: { tool: 'look', input: { at: 'raw' } } },
      { when: { turn: 1 }, answer: () => held.then(() => ANSWER) },
    ]);
    const handle = await bed.ask('how much so far');
    const used = async () => (await handle.query<AskDocument>('status')).usage;
    while ((await used()).calls === 0) await new Promise((resolve) => setTimeout(resolve, 30));
    const first = await used();
    expect(first.calls).toBe(1);
    expect(first.inputTokens + first.cacheWriteTokens).toBeGreaterThan(0);
    answer();
    expect(await bed.end(handle)).toMatchObject({ status: 'answered', usage: { calls: 2 } });
    await keepHistory('ask_told', handle);
    await keepHistory('agent_told', agentOf(handle.workflowId));
  });

  it('over the day’s budget ends too', async () => {
    bed.api.script([{ answer: ANSWER }]);
    const llm = { budgets: { day: { tokens: 1 } } };
    const document = await bed.end(await bed.ask('too late today', { interactive: false, llm }));
    expect(document.error).toMatchObject({ code: 'budget_exceeded' });
    expect(document.error!.message).toContain('all asks of this day');
  });

  it('consults a specialist, whose typed output comes back as the result of the call', async () => {
    bed.api.script([
      {
        when: { system: 'You are planner', turn: 0 },
        answer: { tool: 'consult', input: { role: 'helper', task: 'help me' } },
      },
      {
        when: { system: 'You are helper', text: 'help me' },
        answer: { tool: 'answer', input: { answer: 'of the helper' } },
      },
      { when: { system: 'You are planner', resultText: 'of the helper' }, answer: ANSWER },
    ]);
    const handle = await bed.ask('with help');
    expect(await bed.end(handle)).toMatchObject({ status: 'answered', answer: 'forty two' });
    await keepHistory('ask_consulted', handle);
  });

  it('that is forgotten leaves no words: not of its people, its models or its specialists', async () => {
    bed.api.script([
      {
        when: { system: 'You are planner', turn: 0 },
        answer: { tool: 'consult', input: { role: 'helper', task: 'task of zoe-1@example.org' } },
      },
      {
        when: { system: 'You are helper' },
        answer: { tool: 'answer', input: { answer: 'help of zoe-2@example.org' } },
      },
      {
        when: { system: 'You are planner', turn: 1 },
        answer: { tool: 'ask_person', input: { question: 'is it zoe-3@example.org?' } },
      },
      { answer: { tool: 'answer', input: { answer: 'it is zoe-4@example.org' } } },
    ]);
    const { store } = bed.engine.services;
    const handle = await bed.ask('words of zoe-0@example.org');
    const { questions } = await bed.until(handle, 'asking');
    expect(await store.asks.forget(handle.workflowId)).toBe('open');
    const answer = { questionId: questions[0]!.id, text: 'no, zoe-5@example.org', by: 'ann' };
    await handle.executeUpdate('answer', { args: [answer] });
    expect(await bed.end(handle)).toMatchObject({ status: 'answered' });
    const zoe = [0, 1, 2, 3, 4, 5].map((n) => `zoe-${n}@example.org`);
    expect(await store.erasures.textsWith(zoe)).toEqual([`ask ${handle.workflowId}`]);
    for (const each of zoe) expect(await store.erasures.artifactsWith([each])).not.toEqual([]);

    expect(await store.asks.forget(handle.workflowId)).toBe('forgotten');
    await store.housekeeping.artifacts(86_400_000, true);
    expect(await store.erasures.textsWith(zoe)).toEqual([]);
    expect(await store.erasures.artifactsWith(zoe)).toEqual([]);
  });

  it('whose workflow was terminated is ended on record by cancelling it', async () => {
    bed.api.script([{ answer: { tool: 'ask_person', input: { question: 'which?' } } }]);
    const handle = await bed.ask('never ended');
    await bed.until(handle, 'asking');
    await handle.terminate();
    const { client, services } = bed.engine;
    await cancelAsk({ client, store: services.store } as unknown as Link, handle.workflowId);
    expect(await services.store.asks.get(handle.workflowId)).toMatchObject({ status: 'failed', by: 'ann' });
  });

  it('gives extraction to the small model, and to the large one after a failure', async () => {
    bed.api.script([
      {
        when: { system: 'You are planner', turn: 0 },
        answer: { tool: 'consult', input: { role: 'reader', task: 'read this' } },
      },
      { when: { model: 'haiku' }, answer: { json: { verdict: 'maybe' } } },
      { when: { system: 'You are reader', model: 'opus' }, answer: { json: { verdict: 'good' } } },
      { when: { system: 'You are planner', resultText: '"good"' }, answer: ANSWER },
    ]);
    expect(await bed.end(await bed.ask('with reading'))).toMatchObject({ status: 'answered', repairs: 1 });
    const models = bed.api.requests.filter(({ body }) => JSON.stringify(body.system).includes('reader'));
    expect(models.map(({ body }) => body.model)).toEqual(['claude-haiku-5-5', 'claude-opus-5-5']);
    expect(models[0]!.body.tools ?? []).toEqual([]);
  });

  it('answers a request that was answered before from the cache, at no cost', async () => {
    bed.api.script([{ answer: ANSWER }]);
    const first = await bed.end(await bed.ask('once more with feeling'));
    const again = await bed.end(await bed.ask('once more with feeling', { by: 'bob' }));
    expect(first.usage).toMatchObject({ calls: 1, cached: 0 });
    expect(again).toMatchObject({ status: 'answered', usage: { calls: 0, cached: 1, money: 0 } });
    expect(bed.api.requests).toHaveLength(1);
  });

  it('reads most of a longer conversation from the prompt cache', async () => {
    bed.api.script([{ tool: 'look', input: { at: 'a' } }, { tool: 'look', input: { at: 'b' } }, ANSWER]);
    const { usage } = await bed.end(await bed.ask('three calls'));
    expect(usage.cacheReadTokens).toBeGreaterThan(usage.inputTokens);
    expect(usage.money).toBeGreaterThan(0);
  });

  it('of a chat goes on from the conversation before', async () => {
    bed.api.script([{ answer: ANSWER }]);
    const first = await bed.ask('the first thing');
    await bed.end(first);
    const next = await bed.end(await bed.ask('and another', { input: { previous: first.workflowId } }));
    expect(next.status).toBe('answered');
    const { messages } = bed.api.requests.at(-1)!.body;
    expect(messages).toHaveLength(3);
    expect(JSON.stringify(messages.at(-1))).toContain('and another');
  });

  it('that is cancelled while the model thinks gives up the call and says so', async () => {
    bed.api.script([{ answer: ANSWER, fault: { name: 'slow', delayMs: 20_000 } }]);
    const handle = await bed.ask('never mind');
    while (bed.api.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await handle.cancel();
    expect(await bed.end(handle)).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
    const costs = await bed.engine.services.store.asks.costs({ askId: handle.workflowId });
    expect(costs[0]).toMatchObject({ calls: 0, unknown: 1 });
    await keepHistory('ask_cancelled', handle);
  });

  it('that is cancelled while it waits for a person ends', async () => {
    bed.api.script([{ tool: 'ask_person', input: { question: 'Shall we?' } }]);
    const handle = await bed.ask('rather not');
    await bed.until(handle, 'asking');
    await handle.cancel();
    expect(await bed.end(handle)).toMatchObject({ status: 'cancelled' });
  });

  it('that goes on from one there is none of is on record as failed', async () => {
    const handle = await bed.ask('and then', { input: { previous: 'ask-nobody-knows' } });
    expect((await bed.end(handle)).error).toMatchObject({ code: 'not_found' });
    const { status, document } = (await bed.engine.services.store.asks.get(handle.workflowId))!;
    expect(status).toBe('failed');
    expect(document!.error).toMatchObject({ code: 'not_found' });
  });

  it('without a word is refused before anything is looked up', async () => {
    expect(await bed.end(await bed.ask('  …  '))).toMatchObject({ error: { code: 'usage' } });
  });
});
