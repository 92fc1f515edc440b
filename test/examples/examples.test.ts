import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Change } from '../../schemas/change';
import type { Proposal, RunDocument } from '../../schemas/run';
import { realEngine, type RealEngine } from '../e2e/in-process';

jest.setTimeout(120_000);

let engine: RealEngine;
afterEach(() => engine?.close());

/** An engine whose root is a copy of the example's folder. */
async function open(example: string): Promise<Record<string, unknown>> {
  engine = await realEngine(`example_${example.replaceAll('-', '_')}`);
  const folder = join(__dirname, '../../examples', example);
  cpSync(folder, engine.root, { recursive: true });
  return parse(readFileSync(join(folder, 'goal.yaml'), 'utf8')) as Record<string, unknown>;
}

interface Ran {
  document: RunDocument;
  proposal: Proposal;
}

async function run(goal: object): Promise<Ran> {
  const handle = await engine.start(goal);
  const { status } = await engine.status(handle, ['waiting', 'succeeded', 'rolled_back', 'rejected']);
  if (status === 'waiting') await engine.approve(handle);
  const document = await engine.outcome(handle);
  const [row] = await engine.services.store.runs.find(handle.workflowId);
  if (!row?.proposal) throw new Error(`nothing was proposed: ${JSON.stringify(document.error)}`);
  const proposal = await engine.services.store.artifacts.getJson<Proposal>(row.proposal);
  return { document, proposal };
}

async function undo(runId: string): Promise<RunDocument> {
  const handle = await engine.client.workflow.start('undo', {
    taskQueue: engine.taskQueue,
    workflowId: `undo-${runId}`,
    args: [{ runId, by: 'ann' }],
  });
  return engine.outcome(handle);
}

const rows = async (sql: string): Promise<unknown[]> =>
  (await engine.admin.query({ text: sql, rowMode: 'array' })).rows.map((row: unknown[]) => row.map(String));

/** Schemas that somebody made. */
const schemas = (): Promise<unknown[]> =>
  rows(`select nspname from pg_namespace
         where nspname !~ '^pg_' and nspname not in ('information_schema', 'public', 'sluice') order by 1`);

const noops = (proposal: Proposal): string[] =>
  proposal.changes.filter((change: Pick<Change, 'noop'>) => change.noop).map((change) => change.step);
const inserted = (document: RunDocument): Record<string, number> =>
  Object.fromEntries(document.steps.map((step) => [step.id, step.rows.inserted]));

it('flights: a month of files becomes a table of delays, a second run has nothing to do, undo leaves nothing', async () => {
  const goal = await open('flights');
  const { document, proposal } = await run(goal);
  expect(document).toMatchObject({ status: 'succeeded' });
  expect(proposal.rehearsal).toMatchObject({ status: 'proven', undoProven: true, gaps: [] });
  expect(inserted(document)).toEqual({
    ...{ flights: 27004, airlines: 16, airports: 1458, planes: 3322, weather: 26115 },
    ...{ delays: 975, complete: 0 },
  });
  expect(document.checks.filter((check) => !check.ok)).toEqual([]);
  expect(
    await rows(`select sum(flights), sum(cancelled), sum(late),
                       round(100.0 * sum(late_in_rough_weather) / sum(in_rough_weather)) from marts.daily_delays`),
  ).toEqual([['27004', '521', '5091', '26']]);

  const again = await run(goal);
  expect(again.document.status).toBe('succeeded');
  expect(noops(again.proposal)).toEqual(['flights', 'airlines', 'airports', 'planes', 'weather', 'delays']);

  expect(await undo(document.runId)).toMatchObject({ status: 'undone' });
  expect(await schemas()).toEqual([]);
});

it('flights: another day loads one file and refreshes the model', async () => {
  const goal = await open('flights');
  const last = join(engine.root, 'flights/2013-01-31.csv');
  const text = readFileSync(last, 'utf8');
  rmSync(last);
  const month = await run(goal);
  expect(inserted(month.document)).toMatchObject({ flights: 26076 });
  engine.write('flights/2013-01-31.csv', text);
  const day = await run(goal);
  expect(noops(day.proposal)).toEqual(['airlines', 'airports', 'planes', 'weather']);
  expect(day.proposal.rehearsal).toMatchObject({ status: 'proven', undoProven: true });
  expect(inserted(day.document)).toMatchObject({ flights: 928, delays: 975 });
  expect(await rows('select sum(flights) from marts.daily_delays')).toEqual([['27004']]);
  expect(await undo(day.document.runId)).toMatchObject({ status: 'undone' });
  expect(await rows('select sum(flights) from marts.daily_delays')).toEqual([['26076']]);
});

it('change-a-table: what its README shows, and no schema left after undo', async () => {
  const goal = await open('change-a-table');
  const { document, proposal } = await run(goal);
  expect(document).toMatchObject({ status: 'succeeded' });
  expect(proposal.rehearsal).toMatchObject({ status: 'proven', undoProven: true });
  expect(await rows('select * from shop.customers order by id')).toEqual([
    ['1', 'Ada', 'ada@example.com', 'UK', 'null'],
    ['2', 'Emmy', 'emmy@example.com', 'DE', 'null'],
    ['3', 'Grace', 'null', 'US', 'null'],
  ]);
  expect(await rows('select * from shop.addresses order by 1')).toHaveLength(2);
  const again = await engine.outcome(await engine.start(goal));
  expect(again).toMatchObject({ status: 'succeeded', nothingNew: true });
  expect(await undo(document.runId)).toMatchObject({ status: 'undone' });
  expect(await schemas()).toEqual([]);
});

it('merge: the second delivery updates two and adds one, and undo leaves nothing', async () => {
  const goal = await open('merge');
  const { document, proposal } = await run(goal);
  expect(document).toMatchObject({
    status: 'succeeded',
    steps: [
      { id: 'monday', rows: { inserted: 3, updated: 0 } },
      { id: 'tuesday', rows: { inserted: 1, updated: 2 } },
      { id: 'still-all-there' },
    ],
  });
  expect(proposal.rehearsal).toMatchObject({ status: 'proven', undoProven: true });
  expect(await rows('select number, name, joined::text, fee from club.members order by number')).toEqual([
    ['1', 'Ada', '2023-01-15', '12.50'],
    ['2', 'Emmy Noether', '2023-02-01', '12.50'],
    ['3', 'Grace', '2023-02-20', '14.00'],
    ['4', 'Mary', '2023-03-01', '14.00'],
  ]);
  expect(noops((await run(goal)).proposal)).toEqual(['monday', 'tuesday']);
  expect(await undo(document.runId)).toMatchObject({ status: 'undone' });
  expect(await schemas()).toEqual([]);
});

describe('models-and-checks', () => {
  const best = 'select country, day::text, revenue from reports.best_days order by country';

  it('is tested and published; a warning is told; another parameter builds another table', async () => {
    const goal = await open('models-and-checks');
    const { document } = await run(goal);
    expect(document.status).toBe('succeeded');
    expect(document.checks.filter((check) => !check.ok)).toMatchObject([
      { name: 'old-orders: no order stays open for more than a month', severity: 'warning' },
    ]);
    expect(await rows('select count(*) from reports.revenue')).toEqual([['5']]);
    expect(await rows(best)).toEqual([
      ['CH', '2024-01-03', '200.50'],
      ['DE', '2024-02-12', '70.00'],
      ['FR', '2024-02-01', '210.00'],
    ]);
    expect(noops((await run(goal)).proposal)).toEqual(['orders', 'revenue', 'best-days']);

    const since = { ...goal, params: { since: { type: 'date', default: '2024-02-01' } } };
    const later = await run(since);
    expect(later.document.status).toBe('succeeded');
    expect(later.proposal.rehearsal).toMatchObject({ status: 'proven', undoProven: true });
    expect(await rows('select count(*) from reports.revenue')).toEqual([['3']]);
    expect(await rows(best)).toContainEqual(['CH', '2024-02-10', '15.25']);

    expect(await undo(later.document.runId)).toMatchObject({ status: 'undone' });
    expect(await rows('select count(*) from reports.revenue')).toEqual([['5']]);
    expect(await undo(document.runId)).toMatchObject({ status: 'undone' });
    expect(await schemas()).toEqual([]);
  });

  it('finds in the rehearsal that rows break a test, and touches nothing', async () => {
    const goal = await open('models-and-checks');
    await run(goal);
    const orders = readFileSync(join(engine.root, 'orders.csv'), 'utf8');
    engine.write('orders.csv', `${orders}9,2024-02-13,IT,paid,5.00\n`);
    const document = await engine.outcome(await engine.start(goal));
    expect(document.error).toMatchObject({ code: 'rehearsal_failed', step: 'revenue' });
    expect(document.error!.message).toContain(
      'accepted_values country: 1 row with a country that is not accepted',
    );
    expect(await rows('select count(*) from sales.orders')).toEqual([['8']]);
    expect(await rows('select count(*) from reports.revenue')).toEqual([['5']]);
  });
});

it('scheduled: by hand once, then each morning for the day before, without a person', async () => {
  const goal = await open('scheduled');
  const revenue = 'select region, revenue from shop.revenue_of_the_day order by region';
  const first = await engine.start(goal);
  const { digest } = await engine.status(first, ['waiting']);
  const standing = { expiresMs: 86_400_000, bounds: { maxRows: 1_000 } };
  await first.executeUpdate('decide', {
    args: [{ verdict: 'approve', digest, by: 'ann', via: 'cli', standing }],
  });
  expect(inserted(await engine.outcome(first))).toMatchObject({ orders: 6 });
  expect(await rows(revenue)).toEqual([
    ['north', '12.25'],
    ['south', '1.00'],
  ]);

  engine.write('deliveries/2024-03-04.csv', 'id,ordered,region,amount\n7,2024-03-04,north,3.00\n');
  const monday = { scheduledAt: '2024-03-05T05:00:00Z' };
  const next = await engine.outcome(await engine.start(goal, monday));
  expect(next).toMatchObject({ status: 'succeeded', standing: { by: ['ann'] } });
  expect(inserted(next)).toMatchObject({ orders: 1 });
  expect(await rows(revenue)).toEqual([['north', '3.00']]);

  expect(await engine.outcome(await engine.start(goal, monday))).toMatchObject({
    status: 'succeeded',
    nothingNew: true,
  });
  expect(await undo(next.runId)).toMatchObject({ status: 'undone' });
  expect(await undo(first.workflowId)).toMatchObject({ status: 'undone' });
  expect(await schemas()).toEqual([]);
});

it('retention: what is past its retention goes, nobody is asked, and a second run has nothing to do', async () => {
  const goal = await open('retention');
  await engine.admin.query('create table sluice.trash_0123456789ab_1 (id int)');
  const { document, proposal } = await run(goal);
  expect(proposal.gates[0]).toMatchObject({ approvers: 0 });
  expect(document.checks).toContainEqual(
    expect.objectContaining({
      name: 'sweep: undo',
      message: expect.stringMatching(/^swept 1 table/) as string,
    }),
  );
  expect(noops((await run(goal)).proposal)).toEqual(['sweep']);
});

it('policy: what touches people waits for two of them, not its author alone', async () => {
  const goal = await open('policy');
  const handle = await engine.start(goal);
  const { needs } = await engine.status(handle, ['waiting']);
  expect(needs).toEqual(['2 approvers', 'somebody other than ann']);
  await engine.approve(handle, 'ann');
  await engine.approve(handle, 'bob');
  expect(await engine.outcome(handle)).toMatchObject({ status: 'succeeded' });
  expect(await rows('select count(*) from crm.people')).toEqual([['4']]);
  expect(await rows('select count(*) from marts.people_by_country')).toEqual([['3']]);
});
