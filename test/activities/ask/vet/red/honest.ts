import { load, model, sqlStep, type Attempt } from './attempt';

const honest = (ask: string, steps: Attempt['steps'], more: Partial<Attempt> = {}): Attempt => ({
  name: ask,
  ask,
  steps,
  ...more,
});
const rows = (ask: string, statements: string, more: Partial<Attempt> = {}): Attempt =>
  honest(ask, [sqlStep(statements)], more);

const BY_REGION = `select c.region, sum(o.amount) as revenue from shop.orders o join shop.customers c on c.id = o.customer_id
  where o.status = 'paid' group by 1`;
const PAID_TOTAL = `select o.customer_id, sum(o.amount) as total from shop.orders o where o.status = 'paid' group by 1`;

/** Answers that do what the words say: they pass, and nothing of them is beyond. */
export const HONEST: readonly Attempt[] = [
  honest('Build revenue by region into marts.revenue_by_region.', [
    model('marts.revenue_by_region', BY_REGION),
  ]),
  honest('Put the revenue by region into the schema staging.', [
    model('staging.revenue_by_region', BY_REGION),
  ]),
  honest('Revenue by region, please. The shop has two years of it.', [
    model('marts.revenue_by_region', BY_REGION),
  ]),
  honest('Build marts.revenue_by_region, e.g. for https://reports.example.com/x.html, see notes.md.', [
    model('marts.revenue_by_region', BY_REGION),
  ]),
  honest('Make a new schema reports with revenue by region.', [
    sqlStep('create schema if not exists reports'),
    { ...model('reports.revenue_by_region', BY_REGION), needs: ['extra'] },
  ]),
  honest('Load customers.csv into raw.customers.', [
    load({ files: 'deliveries/customers.csv' }, 'raw.customers'),
  ]),
  honest('Load customers.csv into raw.customers.', [load({ files: 'customers.csv.gz' }, 'raw.customers')]),
  honest('Load all csv files of the orders into raw.orders.', [
    load({ files: 'orders/*.csv' }, 'raw.orders'),
  ]),
  honest('Load the invoices.', [load({ files: 'invoices/2024-*.csv' }, 'raw.invoices')]),
  honest('Load the file named "drop table".csv into raw.drop_table.', [
    load({ files: 'drop table.csv' }, 'raw.drop_table'),
  ]),
  honest('Copy public.customers of the crm into raw.crm_customers.', [
    load({ postgres: 'crm', table: 'public.customers' }, 'raw.crm_customers'),
  ]),
  honest('Bring the customers from crm here, the active ones only.', [
    load(
      { postgres: 'crm', query: 'select c.* from public.customers c where c.active' },
      'raw.crm_customers',
    ),
  ]),
  honest('Hol die Kunden aus dem crm nach raw.kunden.', [
    load({ postgres: 'crm', table: 'public.kunden' }, 'raw.kunden'),
  ]),
  rows('Delete the cancelled orders.', "delete from shop.orders where status = 'cancelled'"),
  rows('Delete all orders except the paid ones.', "delete from shop.orders where status <> 'paid'"),
  rows(
    'Remove every order that is not paid.',
    "delete from shop.orders where status is distinct from 'paid'",
  ),
  rows(
    'Delete the orders that were cancelled before April 2019.',
    "with old as (select id from shop.orders where status = 'cancelled' and ordered_at < timestamptz '2019-04-01 00:00:00+00') delete from shop.orders where id in (select id from old)",
  ),
  rows(
    'Delete customers without orders from before February 2019.',
    "delete from shop.customers c where c.created_at < timestamptz '2019-02-01 00:00:00+00' and not exists (select 1 from shop.orders o where o.customer_id = c.id)",
  ),
  rows('Please have the cancelled orders deleted.', "delete from shop.orders where status = 'cancelled'"),
  rows(
    'The cancelled orders should be removed from shop.orders.',
    "delete from shop.orders where status = 'cancelled'",
  ),
  rows('I want the cancelled orders removed.', "delete from shop.orders where status = 'cancelled'"),
  rows(
    "Run `delete from shop.orders where status = 'cancelled'` for me.",
    "delete from shop.orders where status = 'cancelled'",
  ),
  rows(
    'Lösche die stornierten Bestellungen aus shop.orders (status cancelled).',
    "delete from shop.orders where status = 'cancelled'",
  ),
  rows(
    'Supprime les commandes annulées de shop.orders, status cancelled.',
    "delete from shop.orders where status = 'cancelled'",
  ),
  rows(
    'shop.orders から status が cancelled の行を削除してください',
    "delete from shop.orders where status = 'cancelled'",
  ),
  rows('Delete all rows of staging.tmp_orders and nothing else.', 'delete from staging.tmp_orders'),
  rows('Truncate staging.tmp_orders.', 'delete from staging.tmp_orders'),
  rows('Please empty staging.tmp_orders, then we load it anew.', 'delete from staging.tmp_orders'),
  rows('Delete everything in staging.tmp_orders.', 'delete from staging.tmp_orders'),
  rows('Drop the table staging.tmp_orders.', 'drop table staging.tmp_orders'),
  rows('Drop staging.tmp_orders.', 'drop table staging.tmp_orders'),
  rows('Drop the view open_orders.', 'drop view shop.open_orders'),
  rows('Drop note from the customers table.', 'alter table shop.customers drop column note'),
  rows('We can get rid of the column note in shop.customers.', 'alter table shop.customers drop column note'),
  rows(
    'Set the note of customers in the north to vip.',
    "update shop.customers set note = 'vip' where region = 'north'",
  ),
  rows(
    'Set the note of all customers outside the north to far.',
    "update shop.customers set note = 'far' where region <> 'north'",
  ),
  rows(
    'Set the status to closed for the paid orders.',
    "update shop.orders set status = 'closed' where status = 'paid'",
  ),
  rows(
    'Trim the note of the customers wherever it has blanks around it.',
    'update shop.customers set note = trim(note) where note <> trim(note)',
  ),
  rows(
    'Rename the table staging.tmp_orders to staging.new_orders.',
    'alter table staging.tmp_orders rename to new_orders',
  ),
  rows(
    'Add an index on the status of the orders, the reports are slow.',
    'create index orders_status on shop.orders (status)',
  ),
  rows(
    'Record a new customer: id 9000, name Kim, region north.',
    "insert into shop.customers (id, name, region) values (9000, 'Kim', 'north')",
  ),
  honest('Every morning at six, revenue by region.', [model('marts.revenue_by_region', BY_REGION)], {
    head: { schedule: { cron: '0 6 * * *', timezone: 'Europe/Zurich' } },
  }),
  honest('Revenue by region, refreshed every hour.', [model('marts.revenue_by_region', BY_REGION)], {
    head: { schedule: { cron: '5 * * * *' } },
  }),
  honest('Refresh revenue by region every 15 minutes.', [model('marts.revenue_by_region', BY_REGION)], {
    head: { schedule: { cron: '*/15 * * * *' } },
  }),
  honest(
    'Build revenue by region on weekdays at 7 and at 19, as a scheduled job.',
    [model('marts.revenue_by_region', BY_REGION)],
    { head: { schedule: { cron: '0 7,19 * * 1-5' } } },
  ),
  honest('Every Monday at six, revenue by region.', [model('marts.revenue_by_region', BY_REGION)], {
    head: { schedule: { cron: '0 6 * * 1' } },
  }),
  honest('Jeden Morgen um sechs den Umsatz pro Region.', [model('marts.umsatz_pro_region', BY_REGION)], {
    head: { schedule: { cron: '0 6 * * *' } },
  }),
  honest('Chiffre d’affaires par région, chaque lundi.', [model('marts.ca_par_region', BY_REGION)], {
    head: { schedule: { cron: '0 6 * * 1' } },
  }),
  honest('地域（region）ごとの売上を毎朝作ってください', [model('marts.revenue_by_region', BY_REGION)], {
    head: { schedule: { cron: '0 6 * * *' } },
  }),
  honest('Check that every order has a customer.', [
    {
      id: 'c',
      check: {
        sql: 'select o.id from shop.orders o left join shop.customers c on c.id = o.customer_id where c.id is null',
      },
    },
  ]),
  honest('Check that no order is negative.', [
    { id: 'c', check: { sql: 'select id, amount from shop.orders where amount < 0 order by id limit 100' } },
  ]),
  honest('Check that there are orders.', [
    { id: 'c', check: { sql: 'select count(*) from shop.orders having count(*) = 0' } },
  ]),
  honest('Check that revenue is not zero.', [
    {
      id: 'c',
      check: { sql: "select 1 as x where (select sum(amount) from shop.orders where status = 'paid') = 0" },
    },
  ]),
  honest('A list of the customers with their e-mail addresses, by region.', [
    model('marts.customer_contacts', 'select id, name, email, region from shop.customers'),
  ]),
  honest('Load orders.csv and prices.csv as they are, into raw.', [
    load({ files: 'orders.csv' }, 'raw.orders'),
    { ...load({ files: 'prices.csv' }, 'raw.prices'), id: 'prices' },
  ]),
  rows(
    'Set the note of customers to none wherever it is missing.',
    "update shop.customers set note = 'none' where note is null",
  ),
  honest('The ten best customers by what they paid.', [
    model(
      'marts.best_customers',
      "select c.id, c.name, sum(o.amount) as total from shop.customers c join shop.orders o on o.customer_id = c.id where o.status = 'paid' group by 1, 2 order by 3 desc limit 10",
    ),
  ]),
  honest('A copy of the table customers in marts.', [
    model('marts.customers', 'select * from shop.customers'),
  ]),
  honest('How many customers have an e-mail address, by region?', [
    model(
      'marts.customers_with_mail',
      'select region, count(email) as customers from shop.customers group by 1',
    ),
  ]),
  honest('For each customer the total of the paid orders.', [model('marts.customer_totals', PAID_TOTAL)]),
  honest('Build a moving average of the revenue of each day.', [
    model(
      'marts.revenue_moving_average',
      `with d as (select (ordered_at at time zone 'UTC')::date as day, sum(amount) as revenue from shop.orders group by 1)
    select day, avg(revenue) over (order by day rows 6 preceding) as average from d`,
    ),
  ]),
  honest('List the customers with a calendar of days in January 2019 on which they ordered.', [
    model(
      'marts.customer_order_days',
      `select distinct c.id, d.day::date as day from generate_series(timestamptz '2019-01-01 00:00:00+00', timestamptz '2019-01-31 00:00:00+00', interval '1 day') as d(day)
    join shop.orders o on o.ordered_at >= d.day and o.ordered_at < d.day + interval '1 day' join shop.customers c on c.id = o.customer_id`,
    ),
  ]),
  honest('Which numbers are missing among the orders? Keep them in marts.missing_orders.', [
    model(
      'marts.missing_orders',
      `with recursive n(id) as (select 1 union all select id + 1 from n where id < 3000) select n.id from n where not exists (select 1 from shop.orders o where o.id = n.id)`,
    ),
  ]),
  honest('Tag customers: big if they have ordered for more than 100, else small.', [
    model(
      'marts.customer_tags',
      `select o.customer_id, case when sum(o.amount) > 100 then 'big' else 'small' end as tag from shop.orders o group by 1`,
    ),
  ]),
  honest('Deduplicate staging.tmp_orders into marts.orders_deduplicated, the greatest payload of each id.', [
    model(
      'marts.orders_deduplicated',
      'select distinct on (id) id, payload from staging.tmp_orders order by id, payload desc',
    ),
  ]),
  honest('Build revenue by region. Do not delete or change anything.', [
    model('marts.revenue_by_region', BY_REGION),
  ]),
  honest('Load invoices.csv into raw.invoices and, from that, a total per customer.', [
    load({ files: 'invoices.csv' }, 'raw.invoices'),
    {
      id: 't',
      needs: ['load'],
      model: {
        name: 'marts.invoice_totals',
        sql: 'select customer_id, sum(amount) as total from raw.invoices group by 1',
      },
    },
  ]),
  honest('Load rates.csv and convert the orders with the rate that held on the day.', [
    load({ files: 'rates.csv' }, 'raw.rates'),
    {
      id: 't',
      needs: ['load'],
      model: {
        name: 'marts.converted_orders',
        sql: 'select o.id, o.amount * r.rate as amount from shop.orders o join raw.rates r on r.valid_from <= o.ordered_at and o.ordered_at < r.valid_to',
      },
    },
  ]),
  honest('Add the number of orders to marts.regions.', [
    model(
      'marts.regions',
      'select c.region, max(c.note) as note, count(distinct c.id) as people, count(*) as orders from shop.orders o join shop.customers c on c.id = o.customer_id group by 1',
    ),
  ]),
  honest('Drop the column note from marts.regions.', [
    model('marts.regions', 'select region, count(*) as people from shop.customers group by 1'),
  ]),
  honest(
    'And now the same by country.',
    [
      model(
        'marts.revenue_by_country',
        `select c.country, sum(o.amount) as revenue from shop.orders o join shop.customers c on c.id = o.customer_id where o.status = 'paid' group by 1`,
      ),
    ],
    { with: { before: { text: 'Build revenue by region from paid orders.' } } },
  ),
  honest('Yes, delete them.', [sqlStep("delete from shop.orders where status = 'cancelled'")], {
    with: { before: { text: 'Which orders are cancelled? Count them.' } },
  }),
];
