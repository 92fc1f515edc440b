import type { WorkflowHandle } from '@temporalio/client';
import { checkGoal } from '../../capabilities/document';
import { registry } from '../../capabilities/registry';
import { describeStart } from '../../client/core/runs/describe-start';
import { keepHistory } from '../e2e/histories';
import { failure, scripted, type Script, type Scripted } from './scripted';

jest.setTimeout(60_000);

const GOAL = checkGoal(
  { apiVersion: 'sluice/v1', goal: 'g', owner: 'ann', steps: [{ id: 'a', check: { sql: 'select 1' } }] },
  registry,
);
let bed: Scripted;
afterEach(() => bed.close());

/** Started as the product's client starts a run. */
async function startAsClient(script: Script): Promise<WorkflowHandle> {
  bed = await scripted({ ...script, admitted: { owner: 'ann', ...script.admitted } });
  return bed.client.workflow.start('goal', {
    workflowId: `listed-${Math.random().toString(36).slice(2)}`,
    taskQueue: bed.taskQueue,
    args: [{ sluice: 'run', bundle: 'b', mode: 'apply', by: 'ann' }],
    ...describeStart(GOAL, 'apply', 'started by ann'),
  });
}

/** What each event of the history set, in their order; the first is what the run was started with. */
async function listedAs(handle: WorkflowHandle): Promise<Record<string, unknown>[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap((event) => {
    const fields =
      event.workflowExecutionStartedEventAttributes?.searchAttributes?.indexedFields ??
      event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
    // Temporal's own, of a change of the workflow's code.
    if (!fields || Object.hasOwn(fields, 'TemporalChangeVersion')) return [];
    const texts = Object.entries(fields).map(([name, { data }]) => [
      name,
      JSON.parse(Buffer.from(data ?? []).toString() || 'null') as unknown,
    ]);
    return [Object.fromEntries(texts) as Record<string, unknown>];
  });
}

describe('what a run can be listed by', () => {
  it('is there from its first moment when a client starts it; a run that finds nothing new says the rest at its end', async () => {
    const handle = await startAsClient({ steps: [{ id: 'a', noop: true }], gate: { approvers: 0 } });
    await handle.result();
    expect(await listedAs(handle)).toEqual([
      { SluiceGoal: 'g', SluiceWarehouse: 'local', SluiceOwner: 'ann', SluiceStatus: 'planning' },
      { SluiceStatus: 'succeeded', SluiceRows: 0 },
    ]);
    await keepHistory('listed_nothing_new', handle);
  });

  it('follows each status of a run that writes', async () => {
    const handle = await startAsClient({ steps: [{ id: 'a' }], gate: { approvers: 0 } });
    await handle.result();
    expect((await listedAs(handle)).map(({ SluiceStatus }) => SluiceStatus)).toEqual([
      'planning',
      'rehearsing',
      'applying',
      'succeeded',
    ]);
    await keepHistory('listed_writes', handle);
  });

  it('is corrected where the client was wrong about it', async () => {
    const handle = await startAsClient({
      steps: [{ id: 'a', writes: [] }],
      gate: { approvers: 0 },
      admitted: { owner: 'bea', warehouse: 'dwh' },
    });
    await handle.result();
    expect((await listedAs(handle))[1]).toEqual({ SluiceWarehouse: 'dwh', SluiceOwner: 'bea' });
  });

  it('does not stay `planning` for a run that is not admitted', async () => {
    const handle = await startAsClient({
      activities: { admit: () => Promise.reject(failure('invalid_goal')) },
    });
    await expect(handle.result()).rejects.toThrow();
    expect((await listedAs(handle)).at(-1)).toEqual({ SluiceStatus: 'rolled_back' });
    await keepHistory('listed_refused', handle);
  });

  it('is set by the workflow when Temporal’s own tools start it', async () => {
    bed = await scripted({ steps: [{ id: 'a', writes: [] }], gate: { approvers: 0 } });
    const handle = await bed.start();
    await handle.result();
    expect((await listedAs(handle))[0]).toMatchObject({ SluiceGoal: 'g', SluiceStatus: 'planning' });
  });
});
