import type { WorkflowHandle } from '@temporalio/client';
import type { Bundle } from '../../../activities/services';
import { checkGoal } from '../../../capabilities/document';
import { registry } from '../../../capabilities/registry';
import type { AskDocument } from '../../../schemas/ask';
import { configSchema } from '../../../schemas/config';
import { realEngine, type RealEngine } from '../../e2e/in-process';
import { startMessagesApi, type MessagesApi } from '../../messages-api/server';

/** The product's own roles, tools and vetting; what the model says is scripted. */
describe('a run that failed, where the configuration wants one attempt at recovery', () => {
  let api: MessagesApi;
  let engine: RealEngine;

  beforeAll(async () => {
    api = await startMessagesApi();
    engine = await realEngine('recovery', {
      config: configSchema.parse({ llm: { baseUrl: api.url, recovery: { attempts: 1 } } }),
      resolveSecret: () => Promise.resolve(api.apiKey),
    });
    await engine.admin.query(`create schema shop authorization sluice_writer;
      create table shop.customers (id int primary key, email text);
      alter table shop.customers owner to sluice_writer;
      grant usage on schema shop to sluice_reader; grant select on shop.customers to sluice_reader`);
  });
  afterAll(async () => {
    await engine.close();
    await api.stop();
  });
  beforeEach(() => api.reset());

  const goal = (column: string): Record<string, unknown> => ({
    goal: 'people',
    steps: [
      { id: 'people', model: { name: 'marts.people', sql: `select id, ${column} from shop.customers` } },
    ],
  });
  const proposes = (column: string) => ({
    tool: 'submit_goal',
    input: {
      document: { apiVersion: 'sluice/v1', ...goal(column) },
      assumptions: [],
      questions: [],
      citations: [],
      explanation: 'The column is called email.',
      cause: 'shop.customers has no column mail.',
      category: 'schema_changed',
      evidence: ['table shop.customers has email and no mail'],
    },
  });
  const ended = (handle: WorkflowHandle): Promise<unknown> => handle.result().catch(() => undefined);
  const exists = (id: string): Promise<boolean> =>
    engine.client.workflow
      .getHandle(id)
      .describe()
      .then(
        () => true,
        () => false,
      );

  it('is looked at by itself, and the next version of its goal waits at the gate with cause and diff', async () => {
    api.script([proposes('email')]);
    const failed = await engine.start(goal('mail'));
    expect(await engine.outcome(failed)).toMatchObject({ status: 'rolled_back' });
    const ask = engine.client.workflow.getHandle(`ask-recover-${failed.workflowId}`);
    const document = (await ask.result()) as AskDocument;
    expect(document).toMatchObject({ status: 'answered', goal: 'people' });
    const next = engine.client.workflow.getHandle(`people-of-${document.askId}`);
    await engine.status(next, ['waiting']);
    const [row] = await engine.services.store.runs.find(next.workflowId);
    const bundle = await engine.services.store.artifacts.getJson<{
      asked: { recovers: { cause: string; attempt: number; diff: string } };
    }>(row!.bundle);
    expect(bundle.asked.recovers).toMatchObject({
      runId: failed.workflowId,
      attempt: 1,
      cause: 'shop.customers has no column mail.',
    });
    expect(bundle.asked.recovers.diff).toContain('email');
    await engine.approve(next);
    expect((await engine.outcome(next)).status).toBe('succeeded');
  });

  it('is not looked at again when it was itself proposed by the one attempt', async () => {
    const { store, project } = engine.services;
    const recovers = { runId: 'people-1', attempt: 1, cause: '', evidence: [], diff: '' };
    const said = { askId: 'ask-1', text: '', by: 'ann', explanation: '', recovers };
    const bundle: Bundle = {
      goal: checkGoal({ apiVersion: 'sluice/v1', ...goal('mail') }, registry),
      ...{ config: project.config, root: project.root, files: {} },
      asked: { ...said, assumptions: [], questions: [], citations: [], beyond: [] },
    };
    const failed = await engine.start(goal('mail'), {
      bundle: await store.artifacts.putJson('bundle', bundle),
    });
    expect(await engine.outcome(failed)).toMatchObject({ status: 'rolled_back' });
    expect(await exists(`ask-recover-${failed.workflowId}`)).toBe(false);
  });

  it('is not looked at when it was only a plan', async () => {
    const planned = await engine.start(goal('nothing'), { mode: 'plan' });
    await ended(planned);
    expect(await exists(`ask-recover-${planned.workflowId}`)).toBe(false);
    expect(api.requests).toHaveLength(0);
  });
});
