import { keepHistory } from '../../e2e/histories';
import { askBed, type AskBed } from './bed';

jest.setTimeout(60_000);

const GOAL = (schema: string) => ({
  goal: `from-words-${schema}`,
  steps: [{ id: 'load', ingest: { from: { files: 'people.csv' }, into: `${schema}.people` } }],
});

describe('an ask', () => {
  let bed: AskBed;
  beforeAll(async () => {
    bed = await askBed();
    bed.engine.write('people.csv', 'id,name\n1,ann\n');
  });
  afterAll(() => bed?.close());
  beforeEach(() => bed.api.reset());

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
    expect((await bed.engine.admin.query(`select to_regclass('planned.people') as t`)).rows).toEqual([
      { t: null },
    ]);
    await keepHistory('ask_answered', handle);
    await keepHistory(
      'agent_planned',
      bed.engine.client.workflow.getHandle(`${handle.workflowId}.planner.1`),
    );
  });
});
