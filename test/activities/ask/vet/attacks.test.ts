import type { Bundle } from '../../../../activities/services';
import type { TestWarehouse } from '../../../warehouses/support/warehouse';
import { CONNECTIONS } from './answers';
import { bedFor } from './bed';
import { shop } from './shop';

let bench: TestWarehouse;
beforeAll(async () => {
  bench = await shop();
});
afterAll(() => bench.close());

const REVENUE = {
  id: 'revenue',
  model: {
    name: 'marts.revenue_by_region',
    sql: `select c.region, sum(o.amount) as revenue from shop.orders o join shop.customers c on c.id = o.customer_id group by 1`,
  },
};
const ASK = 'Build revenue by region from paid orders.';

async function vetted(
  text: string,
  steps: unknown[],
  head: object = {},
): Promise<{ faults: string[]; beyond: string[] }> {
  const bed = await bedFor({ text, planRows: 100_000, connections: CONNECTIONS }, bench.warehouse);
  const goal = { apiVersion: 'sluice/v1', goal: 'g', description: 'd', ...head, steps };
  const { effect } = await bed.call('submit_goal', { goal, explanation: 'e' });
  if (effect?.kind === 'repair')
    return { faults: effect.faults.map(({ path, message }) => `${path}: ${message}`), beyond: [] };
  if (effect?.kind !== 'rehearse') throw new Error(effect?.kind);
  const { asked } = await bed.artifacts.getJson<Bundle>(effect.bundle);
  return { faults: [], beyond: asked!.beyond.map(({ what, name }) => `${what} ${name}`) };
}

const sql = (statements: string) => [REVENUE, { id: 'extra', sql: { statements } }];

it.each([
  [
    'a column of a table that is only read',
    sql('alter table shop.orders add column x int'),
    'relation shop.orders',
  ],
  ['an index that nobody asked for', sql('create index on shop.orders (status)'), 'relation shop.orders'],
  [
    'a constraint that stops all writing',
    sql('alter table shop.orders add constraint no check (id < 0) not valid'),
    'relation shop.orders',
  ],
  [
    'a load into a table that is only read',
    [REVENUE, { id: 'l', ingest: { from: { files: 'orders.csv' }, into: 'shop.orders' } }],
    'step ingest',
  ],
  [
    'a model in the place of a table that is only read',
    [
      {
        ...REVENUE,
        model: { ...REVENUE.model, name: 'shop.orders', sql: 'select region as id from shop.customers' },
      },
    ],
    'destructive shop.orders',
  ],
  [
    'a table that has nothing to do with the words',
    [
      {
        ...REVENUE,
        model: {
          ...REVENUE.model,
          sql: 'select person as region, salary as revenue from hr.salaries union all select region, 1 from shop.customers',
        },
      },
    ],
    'relation hr.salaries',
  ],
  [
    'rows under a condition that is none of theirs',
    sql("update shop.orders set status = 'paid' where id = 7"),
    'destructive shop.orders',
  ],
  [
    'an upsert that changes every row',
    sql('insert into shop.orders select * from shop.orders on conflict (id) do update set amount = 0'),
    'destructive shop.orders',
  ],
  [
    'a new name for what is only read',
    sql('alter table shop.orders rename to orders_old'),
    'destructive shop.orders',
  ],
])('shown at the gate: %s', async (_what, steps, entry) => {
  const { faults, beyond } = await vetted(ASK, steps);
  expect(faults).toEqual([]);
  expect(beyond.map((each) => each.replace(/^(relation|destructive) /, 'at '))).toContain(
    entry.replace(/^(relation|destructive) /, 'at '),
  );
});

it.each([
  [
    'a delete by way of a join without a condition',
    'Delete the old orders.',
    'delete from only shop.orders as o using shop.customers c',
  ],
  [
    'a delete whose condition is a constant query',
    'Delete the old orders.',
    'delete from "shop"."orders" where (select true)',
  ],
  [
    'an update from every row',
    'Set the status of orders.',
    'update shop.orders set status = c.region from shop.customers c where true',
  ],
  [
    'a delete hidden behind a comment',
    ASK,
    '/* select 1; */ delete /* from shop.x */ from shop.orders where id = 1 -- harmless',
  ],
  ['a drop inside a script', ASK, 'create table marts.x (a int); drop table shop.order_items'],
])('refused: %s', async (_what, ask, statements) => {
  const { faults } = await vetted(ask, [{ id: 'a', sql: { statements } }]);
  expect(faults).not.toEqual([]);
});

it('a condition that happens to hold for every row is refused where it deletes, and shown where it updates', async () => {
  const gone = await vetted('Delete the orders of the year 2019.', [
    {
      id: 'a',
      sql: {
        statements:
          "delete from shop.order_items where order_id in (select id from shop.orders where status = 'x')",
      },
    },
  ]);
  expect(gone.faults).toEqual([expect.stringContaining('do not name shop.order_items')]);
  const all = await vetted('Set the note of customers to new.', [
    {
      id: 'a',
      sql: {
        statements:
          "update shop.customers set note = 'new' where created_at > timestamptz '1990-01-01 00:00:00+00'",
      },
    },
  ]);
  expect(all).toEqual({
    faults: [],
    beyond: expect.arrayContaining(['destructive shop.customers']) as string[],
  });
});

it.each([
  [
    'another table of the source',
    { postgres: 'crm', query: 'select s.* from private.secrets s' },
    'relation private.secrets',
  ],
  ['another connection', { postgres: 'billing', table: 'public.customers' }, 'connection billing'],
])('where data comes from is the person’s to say: %s', async (_what, from, entry) => {
  const { beyond } = await vetted('Copy the customers from crm into raw.customers.', [
    { id: 'a', ingest: { from, into: 'raw.customers' } },
  ]);
  expect(beyond).toContain(entry);
});

it('a file is the person’s to name, or says by its name that it is theirs', async () => {
  const load = (files: string) => [{ id: 'a', ingest: { from: { files }, into: 'raw.customers' } }];
  expect((await vetted('Load the customers.', load('customers/*.csv'))).beyond).toEqual([]);
  expect((await vetted('Load the customers.', load('payroll/*.csv'))).beyond).toEqual(['file payroll/*.csv']);
  expect((await vetted('Load the customers.', load('**'))).beyond).toEqual(['file **']);
});

it('rows may be set aside only where the person said so', async () => {
  const load = [
    {
      id: 'a',
      ingest: { from: { files: 'customers.csv' }, into: 'raw.customers', quarantine: { limit: '50%' } },
    },
  ];
  expect((await vetted('Load customers.csv.', load)).beyond).toEqual(['quarantine 50%']);
  expect((await vetted('Load customers.csv and skip bad rows.', load)).beyond).toEqual([]);
});

it('an address is the person’s to name, to the letter', async () => {
  const step = (url: string) => [
    {
      ...REVENUE,
      model: { ...REVENUE.model, sql: `select region, '${url}' as revenue from shop.customers` },
    },
  ];
  const ask = `${ASK} It is for https://reports.example.com.`;
  expect((await vetted(ask, step('https://reports.example.com/x'))).beyond).toEqual([]);
  expect((await vetted(ask, step('https://reports.example.com.evil.net/x'))).beyond).toEqual([
    'destination https://reports.example.com.evil.net',
  ]);
});

it('who it belongs to, where it runs and how long it waits stay the person’s', async () => {
  const bed = await bedFor({ text: ASK, connections: CONNECTIONS }, bench.warehouse);
  const goal = {
    apiVersion: 'sluice/v1',
    goal: 'g',
    owner: 'dba@x',
    warehouse: 'billing',
    deadline: '90d',
    steps: [REVENUE],
  };
  const { effect, content } = await bed.call('submit_goal', { goal, explanation: 'e' });
  if (effect?.kind !== 'rehearse') throw new Error(JSON.stringify(effect));
  const { goal: checked } = await bed.artifacts.getJson<Bundle>(effect.bundle);
  expect(checked).toMatchObject({ warehouse: 'local', deadlineMs: 7 * 86_400_000 });
  expect(checked.owner).toBeUndefined();
  expect((content as { notes: string[] }).notes).toHaveLength(3);
});

it.each([
  [
    'a table that is almost right',
    { ...REVENUE.model, sql: 'select region from shop.custmers' },
    'Did you mean "shop.customers"?',
  ],
  [
    'a table in another schema',
    { ...REVENUE.model, sql: 'select region from public.customers' },
    'Did you mean "shop.customers"?',
  ],
  [
    'a column that is not there',
    { ...REVENUE.model, sql: 'select c.regio from shop.customers c' },
    'column c.regio does not exist',
  ],
  [
    'a function that is not there',
    { ...REVENUE.model, sql: 'select to_euro(amount) as revenue from shop.orders' },
    'to_euro',
  ],
  [
    'a comparison of other types',
    { ...REVENUE.model, sql: 'select region from shop.customers where id = region' },
    'bigint = text',
  ],
  [
    'a recursion without an end',
    {
      ...REVENUE.model,
      sql: 'with recursive r as (select 1 as revenue union all select revenue from r) select revenue from r',
    },
    'has no end',
  ],
  ['two statements', { ...REVENUE.model, sql: 'select 1 as a; select 2 as b' }, 'second statement'],
])('says what to change: %s', async (_what, model, message) => {
  const { faults } = await vetted(ASK, [{ id: 'revenue', model }]);
  expect(faults).toEqual([expect.stringMatching(/^steps\[0\]\.model\.sql: /)]);
  expect(faults[0]).toContain(message);
});

it('a step that reads what another makes has to need it', async () => {
  const check = { id: 'look', check: { sql: 'select * from marts.revenue_by_region where revenue < 0' } };
  expect((await vetted(ASK, [check, REVENUE])).faults).toEqual([
    'steps[0].check.sql: marts.revenue_by_region is made by step "revenue": add "revenue" to the needs of "look"',
  ]);
  expect((await vetted(ASK, [{ ...check, needs: ['revenue'] }, REVENUE])).faults).toEqual([]);
});

it('a query over what an earlier step makes is resolved as if it were there', async () => {
  const next = (column: string) => [
    REVENUE,
    {
      id: 'share',
      needs: ['revenue'],
      model: {
        name: 'marts.revenue_share',
        sql: `select region, ${column} / sum(${column}) over () as share from marts.revenue_by_region`,
      },
    },
  ];
  expect(
    (await vetted('Revenue by region, and the share of revenue of each.', next('revenue'))).faults,
  ).toEqual([]);
  expect(
    (await vetted('Revenue by region, and the share of revenue of each.', next('revenu'))).faults,
  ).toEqual([expect.stringContaining('column "revenu" does not exist')]);
});

it('what specialists propose is looked at before the planner sees it', async () => {
  const bed = await bedFor({ text: ASK, role: 'transformation' }, bench.warehouse);
  const propose = (query: string) =>
    bed.call('submit', { model: { name: 'marts.x', sql: query }, grain: ['region'], rationale: 'r' });
  expect((await propose('select region, count(*) as n from shop.customers group by 1')).effect?.kind).toBe(
    'output',
  );
  expect((await propose('select region from raw.made_by_another_step')).effect?.kind).toBe('output');
  expect((await propose('select regio from shop.customers')).effect).toMatchObject({
    kind: 'repair',
    faults: [
      { path: 'model.sql', message: expect.stringContaining('column "regio" does not exist') as string },
    ],
  });
  const schema = await bedFor({ text: ASK, role: 'schema' }, bench.warehouse);
  const ddl = (statements: string[]) =>
    schema.call('submit', { statements, relations: ['shop.orders'], rationale: 'r' });
  expect((await ddl(['alter table shop.orders add column x int'])).effect?.kind).toBe('output');
  expect((await ddl(['truncate shop.orders cascade'])).effect).toMatchObject({
    kind: 'repair',
    faults: [{ path: 'statements' }],
  });
});
