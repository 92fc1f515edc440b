import { keepHistory } from '../../e2e/histories';
import { askBed, type AskBed } from './bed';
import { testParts } from './parts';

jest.setTimeout(60_000);

describe('a long conversation', () => {
  let bed: AskBed;
  beforeAll(async () => {
    bed = await askBed(testParts({}, 40));
  });
  afterAll(() => bed?.close());

  it('goes on in a new execution, where it was', async () => {
    bed.api.script([
      { when: ({ turn }) => turn < 7, answer: ({ turn }) => ({ tool: 'look', input: { at: `${turn}` } }) },
      { answer: { tool: 'answer', input: { answer: 'at last' } } },
    ]);
    const handle = await bed.ask('a long way');
    expect(await bed.end(handle)).toMatchObject({ answer: 'at last', usage: { calls: 8 } });
    const { workflow } = bed.engine.client;
    expect(bed.api.counts().repeated).toBe(0);
    const first = await workflow.getHandle(`${handle.workflowId}.planner.1`).describe();
    const chain = first.raw.workflowExecutionInfo!.firstRunId!;
    expect(chain).not.toBe(first.runId);
    await keepHistory('agent_long', workflow.getHandle(`${handle.workflowId}.planner.1`, chain));
  });
});
