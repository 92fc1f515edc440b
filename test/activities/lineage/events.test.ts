import type { RunEvent } from '../../../lineage/openlineage/events';
import { olRunId, olStepId } from '../../../lineage/openlineage/uuid';
import { realEngine, type RealEngine } from '../../e2e/in-process';
import { openLineageFaults } from '../../support/openlineage';

const faultsOf = openLineageFaults();
let engine: RealEngine;
beforeAll(async () => {
  engine = await realEngine('lineage_events');
  engine.write('people/a.csv', 'id,name,age\n1,zelda,30\n2,quentin,41\n');
  engine.write('people/b.csv', 'id,name,age\n3,xanthippe,35\n');
});
afterAll(() => engine.close());

const people = { id: 'people', ingest: { from: { files: 'people/*.csv' }, into: 'raw.people' } };
const oldest = {
  id: 'oldest',
  needs: ['people'],
  model: {
    name: 'marts.oldest',
    sql: 'select max(age) as age, count(*) as n from raw.people where id > :least',
  },
};

async function run(goal: object): Promise<{ runId: string; events: RunEvent[] }> {
  const handle = await engine.start(goal);
  await engine.approve(handle);
  await engine.outcome(handle);
  return { runId: handle.workflowId, events: await engine.services.store.lineage.ofRun(handle.workflowId) };
}

const told = (events: readonly RunEvent[]): string[] =>
  events.map(({ eventType, job }) => `${eventType} ${job.name}`);

function expectValid(events: readonly RunEvent[]): void {
  for (const event of events)
    expect({ job: event.job.name, faults: faultsOf(event) }).toEqual({ job: event.job.name, faults: [] });
}

describe('a run that succeeds', () => {
  let runId: string;
  let events: RunEvent[];
  beforeAll(async () => {
    const goal = {
      goal: 'told',
      owner: 'data@example.com',
      description: 'People.',
      params: { least: { type: 'integer', default: 1 } },
    };
    ({ runId, events } = await run({ ...goal, steps: [people, oldest] }));
  });

  it('tells its life in order, each event valid', () => {
    expect(told(events)).toEqual([
      'START told',
      'RUNNING told',
      'RUNNING told',
      'START told.people',
      'COMPLETE told.people',
      'START told.oldest',
      'COMPLETE told.oldest',
      'COMPLETE told',
    ]);
    expectValid(events);
  });

  it('gives steps the run as their parent, and everybody ids that follow from the run’s', () => {
    const step = events[3]!;
    expect(step.run.runId).toBe(olStepId(runId, 'people'));
    expect(step.run.facets.parent).toMatchObject({
      run: { runId: olRunId(runId) },
      job: { namespace: 'sluice', name: 'told' },
    });
  });

  it('names datasets as the naming conventions say', () => {
    const { host, port, database } = engine.database;
    const { inputs, outputs } = events[4]!;
    expect(inputs).toMatchObject([{ namespace: 'file', name: `${engine.root}/people` }]);
    expect(outputs).toMatchObject([
      { namespace: `postgres://${host}:${port}`, name: `${database}.raw.people` },
    ]);
  });

  it('says which columns come from which, how many rows, and from which SQL', () => {
    const loaded = events[4]!;
    expect(loaded.inputs[0]!.inputFacets.inputStatistics).toMatchObject({ fileCount: 2 });
    expect(loaded.outputs[0]!.outputFacets.outputStatistics).toMatchObject({ rowCount: 3 });
    const built = events[6]!;
    expect(built.job.facets.sql).toMatchObject({
      query: expect.stringContaining('max(age)'),
      dialect: 'postgres',
    });
    expect(built.outputs[0]!.facets.columnLineage).toMatchObject({
      fields: {
        age: {
          inputFields: [{ field: 'age', transformations: [{ type: 'DIRECT', subtype: 'AGGREGATION' }] }],
        },
        n: { inputFields: [] },
      },
      dataset: [{ field: 'id', transformations: [{ type: 'INDIRECT', subtype: 'FILTER' }] }],
    });
    expect(built.inputs[0]!.facets.schema).toMatchObject({
      fields: expect.arrayContaining([{ name: 'age', type: 'bigint', ordinal_position: 3 }]),
    });
  });

  it('holds no value of any row', () => {
    expect(JSON.stringify(events)).not.toMatch(/zelda|quentin|xanthippe/);
  });

  it('tells what was proposed, who approved, and what it cost', () => {
    expect(events[1]!.run.facets.sluice_proposal).toMatchObject({
      risk: 'additive',
      rehearsal: 'proven',
      lossy: [],
    });
    expect(events[2]!.run.facets.sluice_approval).toMatchObject({
      verdict: 'approve',
      by: 'ann',
      counted: true,
    });
    expect(events[7]!.run.facets.sluice_cost).toMatchObject({ actual: { inserted: 4 } });
  });

  it('is in the audit log, each step once', async () => {
    const actions = [];
    for await (const entry of engine.services.store.audit.entries())
      if (entry.subject === runId) actions.push(entry.action);
    expect(actions).toEqual(['admitted', 'proposed', 'decided', 'applied', 'applied', 'succeeded']);
  });

  it('tells when it is taken back, and its edges are no more', async () => {
    const handle = await engine.client.workflow.start('undo', {
      taskQueue: engine.taskQueue,
      workflowId: `${runId}-undo`,
      args: [{ runId, by: 'bob' }],
    });
    await handle.result();
    const after = (await engine.services.store.lineage.ofRun(runId)).slice(events.length);
    expect(told(after)).toEqual(['START told.undo', 'COMPLETE told.undo']);
    expectValid(after);
    expect(after[1]!.run.facets.sluice_compensation).toMatchObject({
      by: 'bob',
      outcome: 'undone',
      steps: ['oldest', 'people'],
    });
    expect(after[1]!.outputs).toHaveLength(2);
    const left = await engine.services.store.db
      .selectFrom('lineage_output')
      .select('undone')
      .where('run_id', '=', runId)
      .execute();
    expect(left.map(({ undone }) => undone)).toEqual([true, true]);
  });
});

it('a step that fails ends with FAIL, what was done before is compensated, and the run says why', async () => {
  engine.write('many.csv', `id\n${Array.from({ length: 1500 }, (_, nth) => nth).join('\n')}\n`);
  const many = { id: 'many', ingest: { from: { files: 'many.csv' }, into: 'raw.many' } };
  // True of the thousand rows that are rehearsed with.
  const sql = 'select count(*) as n from raw.many having count(*) > 1200';
  const { events } = await run({
    goal: 'fails',
    steps: [many, { id: 'bad', needs: ['many'], check: { sql } }],
  });
  expect(told(events).slice(3)).toEqual([
    'START fails.many',
    'COMPLETE fails.many',
    'START fails.bad',
    'START fails.undo',
    'COMPLETE fails.undo',
    'FAIL fails.bad',
    'FAIL fails',
  ]);
  expectValid(events);
  expect(events.at(-1)!.run.facets).toMatchObject({
    errorMessage: { message: expect.stringMatching(/^check_failed: /) },
    sluice_compensation: { outcome: 'undone', steps: ['many'] },
  });
});

it('a rejected run ends with ABORT', async () => {
  const handle = await engine.start({ goal: 'refused', steps: [people] });
  const { digest } = await engine.status(handle, ['waiting']);
  await handle.executeUpdate('decide', { args: [{ verdict: 'reject', digest, by: 'ann', via: 'cli' }] });
  await engine.outcome(handle);
  const events = await engine.services.store.lineage.ofRun(handle.workflowId);
  expect(told(events).at(-1)).toBe('ABORT refused');
  expectValid(events);
});

it('statements of an sql step say what they do to which table, and what of them is not known', async () => {
  await engine.admin.query(
    'create schema shop; create table shop.item (id int primary key, price int); create table shop.old (a int);',
  );
  const statements = `create table shop.dear as select id, price * 2 as double from shop.item where price > 10;
    update shop.item set price = price + 1 where id = 3;
    alter table shop.item add column note text;
    drop table shop.old`;
  const { events } = await run({ goal: 'by-hand', steps: [{ id: 'change', sql: { statements } }] });
  expectValid(events);
  const done = events.find(
    ({ eventType, job }) => eventType === 'COMPLETE' && job.name === 'by-hand.change',
  )!;
  const facets = Object.fromEntries(
    done.outputs.map((output) => [output.name.split('.').at(-1), output.facets]),
  );
  expect(facets.dear!.columnLineage).toMatchObject({
    fields: {
      double: { inputFields: [{ field: 'price', transformations: [{ subtype: 'TRANSFORMATION' }] }] },
    },
  });
  expect(facets.item!.columnLineage).toMatchObject({
    fields: { price: { inputFields: [{ field: 'price' }] } },
  });
  expect(facets.old!.lifecycleStateChange).toMatchObject({ lifecycleStateChange: 'DROP' });
});
