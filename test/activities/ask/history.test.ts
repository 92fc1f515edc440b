import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ToolBed } from './tool-bed';

let bed: ToolBed;
let failed: string;
beforeAll(async () => {
  bed = await ToolBed.make('ask_history');
  const life = bed.bed;
  await bed.run('create schema raw; create schema marts');
  life.file('people.csv', 'id,email,carrier\n1,zqx@q.test,UA\n2,qqz@q.test,AA\n');
  const loaded = await life.run({
    goal: 'people',
    steps: [{ id: 'load', ingest: { from: { files: 'people.csv' }, into: 'raw.people' } }],
  });
  expect(loaded.document.steps[0]!.rows.inserted).toBe(2);
  await life.run({
    goal: 'contacts',
    description: 'Zqx wants them',
    steps: [
      {
        id: 'make',
        model: {
          name: 'marts.contacts',
          sql: `select id as nr, lower(email) as reach_at, count(*) over () as n from raw.people where carrier <> 'Zqx'`,
        },
      },
    ],
  });
  const { run } = await life.propose({
    goal: 'broken',
    steps: [{ id: 's', sql: { statements: 'create table raw.more (id int)' } }],
  });
  failed = run.runId;
  await life.activity('record', {
    run,
    by: 'ann',
    document: {
      ...{ goal: 'broken', runId: failed, workflowId: failed, status: 'rolled_back', digest: '', checks: [] },
      error: {
        code: 'check_failed',
        message: `Found 3 rows for 'Zqx' in raw.more`,
        state: 'Nothing was changed.',
        next: 'Look at it.',
        step: 's',
      },
      steps: [
        {
          id: 's',
          kind: 'sql',
          status: 'failed',
          rows: { read: 0, inserted: 0, updated: 0, deleted: 0, quarantined: 0 },
        },
      ],
    },
  });
});
afterAll(() => bed.close());

it('lists loads with their counts, of a table and of a goal', async () => {
  const { loads } = await bed.call('list_loads', { table: 'raw.people' });
  expect(loads).toMatchObject([
    { goal: 'people', step: 'load', table: 'raw.people', mode: 'append', read: 2, inserted: 2, files: 1 },
  ]);
  expect((await bed.call('list_loads', { goal: 'contacts' })).loads).toEqual([]);
});

it('lists runs with their errors’ codes', async () => {
  const { runs } = await bed.call('list_runs', { goal: 'broken' });
  expect(runs).toMatchObject([{ run: failed, status: 'rolled_back', error: 'check_failed', step: 's' }]);
  expect((await bed.call('list_runs', { status: 'succeeded' })).runs).toHaveLength(2);
});

it('lists goals that run by themselves', async () => {
  const { store } = bed.bed.services;
  const schedule = { cron: '0 6 * * *', timezone: 'Europe/Berlin' };
  const scheduled = { ...bed.bundle(), goal: { ...bed.bundle().goal, goal: 'daily', schedule } };
  const bundle = await store.artifacts.putJson('bundle', scheduled);
  await store.schedules.put({ goal: 'daily', bundle, after: ['people'], by: 'ann' });
  expect((await bed.call('list_runs', {})).by_themselves).toEqual([
    { goal: 'daily', schedule, after: ['people'] },
  ]);
  expect((await bed.call('list_runs', { goal: 'people' })).by_themselves).toBeUndefined();
});

it('says of a run what failed, what it would have done and which goal it was, without values', async () => {
  const found = await bed.call('read_run', { run: failed });
  expect(found).toMatchObject({
    status: 'rolled_back',
    error: { code: 'check_failed', message: `Found 3 rows for '?' in raw.more`, step: 's' },
    steps: [{ step: 's', kind: 'sql', status: 'failed' }],
    changes: [{ step: 's', kind: 'sql', risk: 'additive', writes: ['raw.more'] }],
  });
  expect(found.goal_document.steps[0].input.statements).toBe('create table raw.more (id int)');
  const [{ run }] = (await bed.call('list_runs', { goal: 'contacts' })).runs;
  expect(JSON.stringify(await bed.call('read_run', { run }))).not.toContain('Zqx');
  expect((await bed.refusal('read_run', { run: 'nothing' })).code).toBe('not_found');
});

it('follows lineage both ways', async () => {
  const { upstream } = await bed.call('lineage', {
    table: 'marts.contacts',
    column: 'reach_at',
    direction: 'upstream',
  });
  expect(upstream[0]).toMatchObject({
    from: 'raw.people.email',
    to: 'marts.contacts.reach_at',
    how: ['TRANSFORMATION'],
    goal: 'contacts',
  });
  const { downstream } = await bed.call('lineage', { table: 'raw.people', direction: 'downstream' });
  expect(downstream).toMatchObject([{ to: 'marts.contacts', goal: 'contacts', step: 'make' }]);
  expect((await bed.refusal('lineage', { table: 'raw.peeple' })).message).toContain('raw.people');
  expect(JSON.stringify(await bed.call('lineage', { table: 'raw.people' }))).not.toContain(bed.bed.root);
});

it('hides what a goal made of a hidden column, under whatever name', async () => {
  const { columns } = await bed.call('describe_table', { table: 'marts.contacts' });
  expect(columns).toMatchObject([{ name: 'nr' }, { name: 'reach_at', hidden: 'derived' }, { name: 'n' }]);
  expect(columns[0].hidden ?? columns[2].hidden).toBeUndefined();
  const { rows } = await bed.call('run_sql', {
    sql: `select reach_at, n from marts.contacts where reach_at like 'zqx%' union all select reach_at, n from marts.contacts`,
  });
  expect(rows).toEqual([
    ['(hidden)', 2],
    ['(hidden)', 2],
  ]);
});

it('says when a file has gone that a preview names', async () => {
  writeFileSync(path.join(bed.bed.root, 'empty.csv'), '');
  expect((await bed.refusal('preview_source', { files: 'empty.csv' })).code).toBe('source_invalid');
});
