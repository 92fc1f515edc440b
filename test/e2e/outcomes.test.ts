import { Client } from 'pg';
import type { WorkflowHandle } from '@temporalio/client';
import { keepHistory } from './histories';
import { realEngine, type RealEngine } from './in-process';

jest.setTimeout(120_000);

const CSV = 'id,name\n1,ann\n2,bob\n';

describe('a run', () => {
  let engine: RealEngine;
  beforeAll(async () => {
    engine = await realEngine('outcomes');
    engine.write('people.csv', CSV);
  });
  afterAll(() => engine?.close());

  let made = 0;
  /** One load into a schema of its own, and whatever comes after it. */
  const goal = (name: string, more: object[] = [], over: object = {}) => {
    const schema = `${name}_${++made}`;
    const load = { id: 'load', ingest: { from: { files: 'people.csv' }, into: `${schema}.people` } };
    return { schema, document: { goal: name.replaceAll('_', '-'), steps: [load, ...more], ...over } };
  };
  const rows = async (table: string): Promise<unknown[]> =>
    (await engine.admin.query(`select * from ${table} order by 1`)).rows;
  const exists = async (table: string): Promise<boolean> =>
    (
      (await engine.admin.query(`select to_regclass($1) is not null as there`, [table])).rows[0] as {
        there: boolean;
      }
    ).there;

  it('that is approved succeeds, and its rows are there once', async () => {
    const { schema, document } = goal('succeeds');
    const handle = await engine.start(document);
    await engine.approve(handle);
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'succeeded',
      steps: [{ id: 'load', status: 'applied', rows: { read: 2, inserted: 2 } }],
    });
    expect(await rows(`${schema}.people`)).toEqual(
      [
        { id: '1', name: 'ann' },
        { id: '2', name: 'bob' },
      ].map((row) => ({ ...row, id: expect.anything() as unknown })),
    );
    await keepHistory('succeeded', handle);
  });

  it('that is only planned proves its undo and changes nothing', async () => {
    const { schema, document } = goal('plans');
    const handle = await engine.start(document, { mode: 'plan' });
    expect(await engine.outcome(handle)).toMatchObject({ status: 'planned' });
    expect(await exists(`${schema}.people`)).toBe(false);
    const [row] = await engine.services.store.runs.find(handle.workflowId);
    const proposal = await engine.services.store.artifacts.getJson(row!.proposal!);
    expect(proposal).toMatchObject({ rehearsal: { status: 'proven', undoProven: true } });
    await keepHistory('planned', handle);
  });

  it('of the same goal on the same data has the same digest', async () => {
    const { document } = goal('digests');
    const digests = [];
    for (let turn = 0; turn < 2; turn++) {
      const handle = await engine.start(document, { mode: 'plan' });
      digests.push((await engine.outcome(handle)).digest);
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it('that is rejected changes nothing', async () => {
    const { schema, document } = goal('rejects');
    const handle = await engine.start(document);
    const { digest } = await engine.status(handle, ['waiting']);
    await handle.executeUpdate('decide', { args: [{ verdict: 'reject', digest, by: 'ann', via: 'cli' }] });
    expect(await engine.outcome(handle)).toMatchObject({ status: 'rejected' });
    expect(await exists(`${schema}.people`)).toBe(false);
    await keepHistory('rejected', handle);
  });

  it('that nobody decides on expires', async () => {
    const { schema, document } = goal('expires', [], { deadline: '1s' });
    const handle = await engine.start(document);
    expect(await engine.outcome(handle)).toMatchObject({ status: 'expired', error: { code: 'expired' } });
    expect(await exists(`${schema}.people`)).toBe(false);
    await keepHistory('expired', handle);
  });

  it('whose target appeared after the proposal is stale', async () => {
    const { schema, document } = goal('stales');
    const handle = await engine.start(document);
    await engine.status(handle, ['waiting']);
    await engine.admin.query(`create schema ${schema}; create table ${schema}.people (id int, name text)`);
    await engine.approve(handle);
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'stale',
      error: { code: 'proposal_stale' },
    });
    expect(await rows(`${schema}.people`)).toEqual([]);
    await keepHistory('stale', handle);
  });

  it('whose file changed after the proposal is stale', async () => {
    engine.write('moving.csv', CSV);
    const schema = `moving_${++made}`;
    const handle = await engine.start({
      goal: 'moves',
      steps: [{ id: 'load', ingest: { from: { files: 'moving.csv' }, into: `${schema}.t` } }],
    });
    await engine.status(handle, ['waiting']);
    engine.write('moving.csv', `${CSV}3,eve\n`);
    await engine.approve(handle);
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'stale',
      error: { code: 'proposal_stale', step: 'load' },
    });
    expect(await exists(`${schema}.t`)).toBe(false);
  });

  it('whose check fails on the real rows is rolled back, the load before it too', async () => {
    // The rehearsal sees the first thousand rows, which pass; the real load does not.
    engine.write('late.csv', `id\n${Array.from({ length: 1_500 }, (_, index) => index).join('\n')}\n`);
    const schema = `late_${++made}`;
    const handle = await engine.start({
      goal: 'late',
      steps: [
        { id: 'load', ingest: { from: { files: 'late.csv' }, into: `${schema}.t` } },
        { id: 'small', needs: ['load'], check: { sql: `select * from ${schema}.t where id > 1200` } },
      ],
    });
    await engine.approve(handle);
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'rolled_back',
      error: { code: 'check_failed', step: 'small' },
      steps: [{ status: 'undone' }, { status: 'failed' }],
    });
    expect(await exists(`${schema}.t`)).toBe(false);
    await keepHistory('rolled_back', handle);
  });

  it('that is cancelled at its gate changes nothing', async () => {
    const { schema, document } = goal('cancels');
    const handle = await engine.start(document);
    await engine.status(handle, ['waiting']);
    await handle.cancel();
    expect(await engine.outcome(handle)).toMatchObject({ status: 'undone', error: { code: 'cancelled' } });
    expect(await exists(`${schema}.people`)).toBe(false);
    await keepHistory('cancelled', handle);
  });

  it('can be undone after it has succeeded, and then can run again', async () => {
    const { schema, document } = goal('undoes');
    const handle = await engine.start(document);
    await engine.approve(handle);
    await engine.outcome(handle);
    const undo: WorkflowHandle = await engine.client.workflow.start('undo', {
      taskQueue: engine.taskQueue,
      workflowId: `undo-${handle.workflowId}`,
      args: [{ runId: handle.workflowId, by: 'ann' }],
    });
    expect(await engine.outcome(undo)).toMatchObject({ status: 'undone', steps: [{ status: 'undone' }] });
    expect(await exists(`${schema}.people`)).toBe(false);
    await keepHistory('undone', undo);
    const again = await engine.start(document);
    await engine.approve(again);
    expect(await engine.outcome(again)).toMatchObject({
      status: 'succeeded',
      steps: [{ rows: { inserted: 2 } }],
    });
    expect(await rows(`${schema}.people`)).toHaveLength(2);
  });

  it('that cannot be taken back needs an operator, who is told the statements', async () => {
    const { schema, document } = goal('needs_operator', []);
    await engine.admin.query(`create table public.gate_${schema} (a int)`);
    const change = {
      id: 'change',
      needs: ['load'],
      sql: { statements: `alter table public.gate_${schema} add column b int` },
    };
    const handle = await engine.start({ ...document, steps: [...document.steps, change] });
    // Another session keeps the second step waiting, while somebody writes into what the first one loaded.
    const other = new Client({ connectionString: engine.database.url });
    await other.connect();
    await engine.status(handle, ['waiting']);
    await other.query(`begin; lock table public.gate_${schema} in access exclusive mode`);
    await engine.approve(handle);
    for (;;) {
      const document = await engine.status(handle, ['applying']);
      if (document.steps[0]!.status === 'applied') break;
    }
    await engine.admin.query(`insert into ${schema}.people values (3, 'eve')`);
    await other.query(`alter table public.gate_${schema} add column c int; commit`);
    await other.end();
    const outcome = await engine.outcome(handle);
    expect(outcome).toMatchObject({ status: 'needs_operator', error: { code: 'needs_operator' } });
    expect(outcome.error!.next).toContain('step load');
    expect(await rows(`${schema}.people`)).toHaveLength(3);
    await keepHistory('needs_operator', handle);
  });

  it('that holds on failure goes on after a person has mended the cause', async () => {
    const { schema, document } = goal('holds', [], { onFailure: 'hold' });
    engine.write('held.csv', `id\n${Array.from({ length: 1_500 }, (_, index) => index).join('\n')}\n`);
    const steps = [
      { id: 'load', ingest: { from: { files: 'held.csv' }, into: `${schema}.t` } },
      { id: 'small', needs: ['load'], check: { sql: `select * from ${schema}.t where id > 1200` } },
    ];
    const handle = await engine.start({ ...document, steps });
    await engine.approve(handle);
    await waitHeld(engine, handle);
    await engine.admin.query(`delete from ${schema}.t where id > 1200`);
    await handle.signal('retry');
    expect(await engine.outcome(handle)).toMatchObject({ status: 'succeeded' });
    await keepHistory('held', handle);
  });

  it('started and decided on with nothing but Temporal’s own messages does the same', async () => {
    const { schema, document } = goal('raw');
    const handle = await engine.client.workflow.start('goal', {
      taskQueue: engine.taskQueue,
      workflowId: `raw-${schema}`,
      args: [{ apiVersion: 'sluice/v1', ...document }],
    });
    const { digest } = await engine.status(handle, ['waiting']);
    await handle.signal('approve', { digest, by: 'ann', comment: 'from the UI' });
    expect(await engine.outcome(handle)).toMatchObject({ status: 'succeeded' });
    expect(await rows(`${schema}.people`)).toHaveLength(2);
  });

  it('with a bad document fails at once, with every fault', async () => {
    const handle = await engine.client.workflow.start('goal', {
      taskQueue: engine.taskQueue,
      workflowId: `bad-${++made}`,
      args: [{ apiVersion: 'sluice/v1', goal: 'BAD', steps: [{ id: 'a', needs: ['b'], ingest: {} }] }],
    });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'invalid_goal' } });
  });
});

async function waitHeld(engine: RealEngine, handle: WorkflowHandle): Promise<void> {
  for (;;) {
    const { status } = await handle.query<{ status: string }>('status');
    if (status === 'held') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
