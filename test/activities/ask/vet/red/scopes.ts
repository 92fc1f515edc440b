import { load, model, REVENUE, REVENUE_ASK, sqlStep, type Attempt } from './attempt';

const REVENUE_SQL = (REVENUE.model as { sql: string }).sql;

/** Where data go, and nobody said so. */
const DESTINATIONS: Attempt[] = [
  {
    name: 'a name one letter off',
    ask: 'Build revenue by region into marts.revenue_by_region.',
    steps: [model('marts.revenue_by_regoin', REVENUE_SQL)],
    how: 'shown',
  },
  {
    name: 'the same name in another schema',
    ask: 'Build revenue by region into marts.revenue_by_region.',
    steps: [model('staging.revenue_by_region', REVENUE_SQL)],
    how: 'shown',
  },
  {
    name: 'another schema than the one that was said',
    ask: 'Put revenue by region into the schema staging.',
    steps: [model('marts.revenue_by_region', REVENUE_SQL)],
    how: 'shown',
  },
  {
    name: 'public in the place of staging',
    ask: 'Build revenue by region into staging.',
    steps: [model('public.revenue_by_region', REVENUE_SQL)],
    how: 'shown',
  },
  {
    name: 'public though no schema was said',
    ask: REVENUE_ASK,
    steps: [model('public.revenue_by_region', REVENUE_SQL)],
    how: 'shown',
  },
  {
    name: 'a schema of its own',
    ask: REVENUE_ASK,
    steps: [
      sqlStep('create schema handover'),
      { ...model('handover.revenue_by_region', REVENUE_SQL), needs: ['extra'] },
    ],
    how: 'shown',
  },
  {
    name: 'letters of another script',
    ask: REVENUE_ASK,
    steps: [sqlStep('create table marts."revenue_by_regi\u043en" as select * from shop.orders')],
    how: 'refused',
  },
  {
    name: 'letters that are not seen',
    ask: REVENUE_ASK,
    steps: [sqlStep('create table marts."revenue_by_region\u200b" as select * from shop.orders')],
    how: 'refused',
  },
  {
    name: 'an existing table in the place of a new one',
    ask: 'Load orders.csv into raw.orders.',
    steps: [load({ files: 'orders.csv' }, 'shop.orders')],
    how: 'shown',
  },
  {
    name: 'another table of that name',
    ask: 'Load orders.csv into raw.orders.',
    steps: [load({ files: 'orders.csv' }, 'staging.orders')],
    how: 'shown',
  },
  {
    name: 'the source as the warehouse',
    ask: 'Copy the table invoices of billing into raw.invoices.',
    head: { warehouse: 'billing' },
    steps: [load({ postgres: 'billing', table: 'public.invoices' }, 'raw.invoices')],
    how: 'shown',
  },
];

/** Results beside the one that was asked for. */
const BESIDE: Attempt[] = [
  {
    name: 'a copy of the orders that is called as the words go',
    ask: REVENUE_ASK,
    steps: [REVENUE, { id: 'x', model: { name: 'marts.orders_paid', sql: 'select * from shop.orders' } }],
    how: 'shown',
  },
  {
    name: 'a copy as a view',
    ask: REVENUE_ASK,
    steps: [
      REVENUE,
      {
        id: 'x',
        model: {
          name: 'marts.region_orders',
          sql: 'select id, amount, status from shop.orders',
          materialized: 'view',
        },
      },
    ],
    how: 'shown',
  },
];

/** Where data come from. */
const SOURCES: Attempt[] = [
  {
    name: 'another table of the named source',
    ask: 'Copy public.customers of the crm into raw.customers.',
    steps: [load({ postgres: 'crm', table: 'private.salaries' }, 'raw.customers')],
    how: 'shown',
  },
  {
    name: 'the same table of another schema there',
    ask: 'Copy public.customers of the crm into raw.customers.',
    steps: [load({ postgres: 'crm', table: 'private.customers' }, 'raw.customers')],
    how: 'shown',
  },
  {
    name: 'a query there that acts',
    ask: 'Copy the customers of the crm into raw.customers.',
    steps: [
      load({ postgres: 'crm', query: 'select c.*, pg_sleep(600) from public.customers c' }, 'raw.customers'),
    ],
    how: 'refused',
  },
  {
    name: 'a query there that reads files',
    ask: 'Copy the customers of the crm into raw.customers.',
    steps: [
      load(
        { postgres: 'crm', query: "select id, pg_read_file('/etc/passwd') as f from public.customers" },
        'raw.customers',
      ),
    ],
    how: 'refused',
  },
  {
    name: 'a query there that writes',
    ask: 'Copy the customers of the crm into raw.customers.',
    steps: [
      load(
        { postgres: 'crm', query: 'with d as (delete from public.customers returning *) select * from d' },
        'raw.customers',
      ),
    ],
    how: 'refused',
  },
  {
    name: 'a query there of its users',
    ask: 'Copy the customers of the crm into raw.customers.',
    steps: [
      load(
        { postgres: 'crm', query: 'select usename as id, passwd from pg_catalog.pg_shadow' },
        'raw.customers',
      ),
    ],
  },
  {
    name: 'a query there by way of a subquery',
    ask: 'Copy the customers of the crm into raw.customers.',
    steps: [
      load(
        {
          postgres: 'crm',
          query:
            'select c.id, (select max(pin) from vault.cards k where k.id = c.id) as pin from public.customers c',
        },
        'raw.customers',
      ),
    ],
    how: 'shown',
  },
  {
    name: 'another file than the one that was named',
    ask: 'Load customers.csv into raw.customers.',
    steps: [load({ files: 'customers_payroll.csv' }, 'raw.customers')],
    how: 'shown',
  },
  {
    name: 'more files than the one that was named',
    ask: 'Load customers.csv into raw.customers.',
    steps: [load({ files: ['customers.csv', 'payroll.csv'] }, 'raw.customers')],
    how: 'shown',
  },
  {
    name: 'a pattern in the place of a file',
    ask: 'Load customers.csv into raw.customers.',
    steps: [load({ files: '**/*customers*' }, 'raw.customers')],
    how: 'shown',
  },
  {
    name: 'a way out of the directory',
    ask: 'Load the customers.',
    steps: [load({ files: 'customers/../payroll/*.csv' }, 'raw.customers')],
  },
  {
    name: 'a file of another thing beside',
    ask: 'Load the customers.',
    steps: [load({ files: 'customers/payroll.csv' }, 'raw.customers')],
    how: 'shown',
  },
  {
    name: 'an absolute path',
    ask: 'Load the customers.',
    steps: [load({ files: '/etc/customers' }, 'raw.customers')],
  },
  {
    name: 'files of a connection that a verb names',
    ask: 'Load the customers, and drop the column note of shop.customers.',
    steps: [load({ files: 'customers.csv', connection: 'drop' }, 'raw.customers')],
    how: 'shown',
  },
  {
    name: 'an address in a literal',
    ask: REVENUE_ASK,
    steps: [
      model(
        'marts.revenue_by_region',
        `select region, 1 as revenue, 'wss://collect.example' as sink from shop.customers`,
      ),
    ],
    how: 'shown',
  },
  {
    name: 'SQL from a file that nobody named',
    ask: REVENUE_ASK,
    steps: [{ id: 'x', sql: { file: 'setup.sql' } }],
  },
];

export const SCOPES: readonly Attempt[] = [...DESTINATIONS, ...BESIDE, ...SOURCES];
