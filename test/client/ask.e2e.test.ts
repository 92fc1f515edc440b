import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AskDocument } from '../../schemas/ask';
import type { Problem } from '../../schemas/errors';
import type { PlanDocument, RunDocument } from '../../schemas/run';
import { startMessagesApi, type MessagesApi } from '../messages-api/server';
import { TestStack } from './support/stack';

type Failed = AskDocument & { error: Problem };
type WithRun = AskDocument & { run: RunDocument };

/** The command line, a worker and a warehouse as they are; only the model is a script behind the real API's shape. */
describe('plain words on the command line', () => {
  let api: MessagesApi;
  const stack = new TestStack();
  const before = { ...process.env };

  beforeAll(async () => {
    api = await startMessagesApi();
    // A worker has what whoever starts the stack has.
    process.env.ANTHROPIC_BASE_URL = api.url;
    process.env.ANTHROPIC_API_KEY = api.apiKey;
    await stack.up();
    stack.write('people.csv', 'id,name\n1,ann\n2,bob\n');
  });
  afterAll(async () => {
    await stack.down();
    await api.stop();
    for (const name of ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  beforeEach(() => api.reset());

  const goal = (table: string, more: object = {}): Record<string, unknown> => ({
    apiVersion: 'sluice/v1',
    goal: table,
    steps: [{ id: 'load', ingest: { from: { files: 'people.csv' }, into: `raw.${table}` } }],
    ...more,
  });
  const submits = (document: Record<string, unknown>): { tool: string; input: object } => ({
    tool: 'submit_goal',
    input: {
      document,
      assumptions: ['The first line has the names.'],
      questions: [],
      explanation: 'Loads the file.',
      citations: [],
    },
  });
  const asks = {
    tool: 'ask_person',
    input: { question: 'Which key?', why: 'It decides what is a duplicate.', options: ['id', 'name'] },
  };

  it('become rows, once their proposal is approved', async () => {
    api.script([submits(goal('people'))]);
    const done = await stack.json<WithRun>('ask', 'load people.csv into raw.people', '--yes');
    expect(done).toMatchObject({
      code: 0,
      status: 'answered',
      goal: 'people',
      assumptions: ['The first line has the names.'],
      run: { status: 'succeeded' },
    });
    expect(await stack.query('select count(*)::int as n from raw.people')).toEqual([{ n: 2 }]);
    const shown = await stack.run('show', done.run.runId);
    expect(shown.stdout).toContain(done.run.runId);
  });

  it('wait at the gate as any goal does when nobody approves', async () => {
    api.script([submits(goal('waits'))]);
    const waiting = await stack.json<WithRun>('ask', 'load people.csv into raw.waits', '--no-input');
    expect(waiting).toMatchObject({ code: 3, status: 'answered', run: { status: 'waiting' } });
    expect(await stack.json('reject', waiting.run.runId)).toMatchObject({ code: 0 });
  });

  it('with --plan end at the proposal', async () => {
    api.script([submits(goal('planned'))]);
    const planned = await stack.json<AskDocument & { run: PlanDocument }>(
      ...['ask', '--plan', 'load people.csv into raw.planned'],
    );
    expect(planned).toMatchObject({ code: 0, run: { status: 'planned' } });
  });

  it('with --out become a file that apply takes, and that is never written over', async () => {
    api.script([{ answer: submits(goal('written')) }]);
    const file = path.join(stack.root, 'written.yaml');
    const args = ['ask', '--out', file, 'load people.csv into raw.written'] as const;
    expect(await stack.json(...args)).toMatchObject({ code: 0, status: 'answered' });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('into: raw.written');
    expect((await stack.json<PlanDocument>('plan', file)).changes).toHaveLength(1);
    expect(await stack.json(...args)).toMatchObject({ code: 1, error: { code: 'permission_denied' } });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('that leave something open end with the question and exit 3 when nobody can be asked', async () => {
    api.script([asks]);
    const open = await stack.json<Failed>('ask', '--no-input', 'load people.csv into raw.keyed by key');
    expect(open).toMatchObject({
      code: 3,
      error: { code: 'question_open' },
      questions: [{ question: 'Which key?', options: ['id', 'name'] }],
    });
  });

  it('that leave something open go on when they are answered elsewhere', async () => {
    api.script([asks, submits(goal('answered'))]);
    const { askId } = await stack.json<AskDocument>('ask', '--detach', 'load people.csv into raw.answered');
    await until(askId, 'asking');
    expect(await stack.json('asks', 'answer', askId, 'id')).toMatchObject({ code: 0 });
    await until(askId, 'answered');
    expect(JSON.stringify(api.requests.at(-1)!.body)).toContain('id');
  });

  it('can be called off while they are worked on', async () => {
    api.script([asks]);
    const { askId } = await stack.json<AskDocument>('ask', '--detach', 'load people.csv into raw.never');
    await until(askId, 'asking');
    expect(await stack.json('asks', 'cancel', askId)).toMatchObject({ code: 0 });
    await until(askId, 'cancelled');
    expect(await stack.json('asks', 'answer', askId, 'id')).toMatchObject({
      code: 2,
      error: { code: 'not_found' },
    });
  });

  it('in a goal document stand for its steps; its head stays as it was written', async () => {
    api.script([submits({ ...goal('other'), owner: 'eve@example.com' })]);
    const file = stack.write(
      'worded.yaml',
      'apiVersion: sluice/v1\ngoal: worded\nowner: ann@example.com\nask: load people.csv into raw.other\n',
    );
    const planned = await stack.json<AskDocument & { run: PlanDocument }>('plan', file);
    expect(planned).toMatchObject({
      code: 0,
      document: { goal: 'worded', owner: 'ann@example.com' },
      run: { goal: 'worded', status: 'planned' },
    });
  });

  it('are not enough for --yes where the model adds what nobody asked for', async () => {
    api.script([submits(goal('often', { schedule: { cron: '0 6 * * *', timezone: 'UTC' } }))]);
    const waiting = await stack.json<WithRun>('ask', '--yes', 'load people.csv into raw.often');
    expect(waiting).toMatchObject({ code: 3, run: { status: 'waiting' } });
    expect(waiting.beyond.map(({ what }) => what)).toContain('schedule');
    expect((await stack.run('show', waiting.run.runId)).stdout).toContain('BEYOND    0 6 * * *');
    expect(await stack.json('reject', waiting.run.runId)).toMatchObject({ code: 0 });
  });

  it('that the model declines end with its reason', async () => {
    api.script([
      { tool: 'decline', input: { reason: 'No weather data is here.', missing: ['a source of weather'] } },
    ]);
    const declined = await stack.json<Failed>('ask', 'predict the weather');
    expect(declined).toMatchObject({ code: 1, status: 'declined', error: { code: 'ask_declined' } });
    expect(declined.error.message).toContain('No weather data is here.');
  });

  it('that are none are bad usage', async () => {
    expect(await stack.json('ask', ' ')).toMatchObject({ code: 2, error: { code: 'usage' } });
    expect(api.requests).toHaveLength(0);
  });

  it('with a credential among them are sent nowhere', async () => {
    const words = 'load from postgres://ann:hunter2-Q9x@db.example.com/shop into raw.shop';
    const refused = await stack.run('ask', words, '--json');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain('literal_secret');
    expect(refused.stdout + refused.stderr).not.toContain('hunter2');
    expect(api.requests).toHaveLength(0);
  });

  it('cost what the ledger says', async () => {
    const { costs } = await stack.json<{ costs: { model: string; calls: number; money: number }[] }>(
      ...['costs', '--by', 'model'],
    );
    expect(costs).toHaveLength(1);
    expect(costs[0]!.calls).toBeGreaterThan(5);
    expect(costs[0]!.money).toBeGreaterThan(0);
    expect((await stack.run('asks')).stdout).toMatch(/^ask-\d{8}-\S+ +declined/m);
    expect(existsSync(path.join(stack.root, '.sluice'))).toBe(true);
  });

  async function until(askId: string, status: string): Promise<void> {
    for (const end = Date.now() + 20_000; ;) {
      const ask = await stack.json<AskDocument>('asks', 'show', askId).catch(() => undefined);
      if (ask?.status === status) return;
      if (Date.now() > end) throw new Error(`waited for ${status}: ${JSON.stringify(ask)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
});
