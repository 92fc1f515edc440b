import type { Bundle } from '../../../../activities/services';
import { documentOf } from '../../../../activities/ask/document-of';
import { checkGoal } from '../../../../capabilities/document';
import { registry } from '../../../../capabilities/registry';
import type { Asked } from '../../../../schemas/ask';
import type { TestWarehouse } from '../../../warehouses/support/warehouse';
import { bedFor } from './bed';
import { shop } from './shop';

let bench: TestWarehouse;
beforeAll(async () => {
  bench = await shop();
});
afterAll(() => bench.close());

/** A person's goal, approved as it is; one of its columns has gone since. */
const FAILED = {
  apiVersion: 'sluice/v1',
  goal: 'marketing',
  owner: 'ann@x',
  deadline: '3d',
  schedule: { cron: '0 6 * * *', timezone: 'Europe/Zurich' },
  params: { since: { type: 'date', default: '2019-01-01' } },
  steps: [
    { id: 'clean', sql: { statements: "delete from staging.tmp_orders where payload = 'x' and id < 5" } },
    { id: 'people', needs: ['clean'], model: { name: 'marts.people', file: 'people.sql' } },
  ],
};
const FILES = { 'people.sql': 'select c.id, c.mail from shop.customers c where c.created_at >= :since' };
const goal = checkGoal(FAILED, registry);

async function recover(
  change: (document: ReturnType<typeof documentOf>) => void,
): Promise<{ asked?: Asked; goal?: Bundle['goal']; faults: string[] }> {
  const bed = await bedFor(
    {
      text: 'The run run-1 failed. Find out why, and propose what helps.',
      role: 'recovery',
      recovers: { runId: 'run-1', attempt: 1 },
      failed: { goal, files: FILES, config: {}, root: '/nowhere' },
    },
    bench.warehouse,
  );
  const document = JSON.parse(JSON.stringify(documentOf(goal))) as ReturnType<typeof documentOf>;
  change(document);
  const { effect } = await bed.call('submit_goal', {
    goal: document,
    explanation: 'The column is called email now.',
    cause: 'shop.customers has no column mail; it is called email.',
    category: 'schema_changed',
    evidence: ['table shop.customers: has email, and no mail'],
  });
  if (effect?.kind === 'repair') return { faults: effect.faults.map(({ message }) => message) };
  if (effect?.kind !== 'rehearse') throw new Error(effect?.kind);
  const bundle = await bed.artifacts.getJson<Bundle>(effect.bundle);
  return { asked: bundle.asked, goal: bundle.goal, faults: [] };
}

const inline = (document: ReturnType<typeof documentOf>): void => {
  const [, people] = document.steps as { model: Record<string, unknown> }[];
  delete people!.model.file;
  people!.model.sql = 'select c.id, c.email from shop.customers c where c.created_at >= :since';
};

it('a goal is a document again, which is checked to the same goal', () => {
  const { description: _none, ...again } = checkGoal(documentOf(goal), registry);
  expect(again).toEqual(goal);
});

it('what the goal did before needs no words again; the cause and the change are shown', async () => {
  const { asked, goal: next, faults } = await recover(inline);
  expect(faults).toEqual([]);
  expect(asked!.beyond).toEqual([]);
  expect(asked!.recovers).toMatchObject({
    runId: 'run-1',
    cause: 'shop.customers has no column mail; it is called email.',
    evidence: ['table shop.customers: has email, and no mail'],
  });
  const changed = asked!.recovers!.diff.split('\n').filter((line) => /^([+](?![+])|-(?!-))/.test(line));
  expect(changed).toEqual([
    expect.stringContaining('file: people.sql'),
    expect.stringContaining('sql: select c.id, c.email'),
  ]);
  expect(next).toMatchObject({ owner: 'ann@x', deadlineMs: 3 * 86_400_000, schedule: goal.schedule });
});

it('the files of the run that failed are those that are vetted', async () => {
  const { faults } = await recover(() => undefined);
  expect(faults).toEqual([expect.stringContaining('column c.mail does not exist')]);
});

it('what it does anew is not asked for by the goal before', async () => {
  const { faults } = await recover((document) => {
    inline(document);
    (document.steps as object[]).push({
      id: 'more',
      sql: { statements: 'delete from shop.order_items where line > 1' },
    });
  });
  expect(faults).toEqual([expect.stringContaining('ask for nothing to be deleted')]);
  const beyond = await recover((document) => {
    inline(document);
    (document.steps as object[]).push({
      id: 'more',
      model: { name: 'public.exfil', sql: 'select * from hr.salaries' },
    });
    document.schedule = { cron: '* * * * *' };
  });
  expect(beyond.asked!.beyond.map(({ name }) => name)).toContain('public.exfil');
  expect(beyond.goal!.schedule).toEqual(goal.schedule);
});
