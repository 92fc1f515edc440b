/** Asks with an answer that does what they say, and nothing else. */
export interface Answer {
  ask: string;
  goal: Record<string, unknown> & { steps: Record<string, unknown>[] };
  answers?: string[];
}

const head = (goal: string) => ({ apiVersion: 'sluice/v1', goal, description: `The goal ${goal}.` });

export const CONNECTIONS = {
  crm: { kind: 'postgres', database: 'crm', readUser: 'r' },
  billing: { kind: 'postgres', database: 'billing', readUser: 'r' },
  drop: { kind: 'files', root: '/data/drop' },
};

export const ANSWERS: readonly Answer[] = [
  {
    ask: 'Build revenue by region from paid orders.',
    goal: {
      ...head('revenue-by-region'),
      steps: [
        {
          id: 'revenue',
          model: {
            name: 'marts.revenue_by_region',
            sql: `-- paid orders only
              select c.region, sum(o.amount) as revenue, count(*) as orders
                from shop.orders o join shop.customers c on c.id = o.customer_id
               where o.status = 'paid' group by c.region`,
            tests: [{ unique: ['region'] }, { not_null: ['region', 'revenue'] }],
          },
        },
        {
          id: 'adds-up',
          needs: ['revenue'],
          check: {
            description: 'revenue adds up to the paid orders',
            sql: `select a.total, b.total as other from (select sum(amount) as total from shop.orders where status = 'paid') a,
                  (select sum(revenue) as total from marts.revenue_by_region) b where a.total is distinct from b.total`,
          },
        },
      ],
    },
  },
  {
    ask: 'I want to see how many orders there are per day and status.',
    goal: {
      ...head('orders-by-day'),
      steps: [
        {
          id: 'daily',
          model: {
            name: 'marts.daily_orders',
            sql: `select (ordered_at at time zone 'UTC')::date as day, status, count(*) as orders
                    from shop.orders group by 1, 2`,
            tests: [{ unique: ['day', 'status'] }],
          },
        },
      ],
    },
  },
  {
    ask: 'Load customers.csv into raw.customers; a customer is known by the id, later files correct earlier ones.',
    goal: {
      ...head('customers'),
      steps: [
        {
          id: 'load',
          ingest: { from: { files: 'customers.csv' }, into: 'raw.customers', mode: 'merge', key: ['id'] },
        },
      ],
    },
  },
  {
    ask: 'Delete the cancelled orders from before 2020, with their items.',
    goal: {
      ...head('old-orders'),
      steps: [
        {
          id: 'items',
          sql: {
            statements: `delete from shop.order_items where order_id in
              (select id from shop.orders where status = 'cancelled' and ordered_at < timestamptz '2019-04-01 00:00:00+00')`,
          },
        },
        {
          id: 'orders',
          needs: ['items'],
          sql: {
            statements: `delete from shop.orders where status = 'cancelled' and ordered_at < timestamptz '2019-04-01 00:00:00+00'`,
          },
        },
      ],
    },
  },
  {
    ask: 'Add a column country_code to the customers and fill it with the country in upper case.',
    goal: {
      ...head('country-code'),
      steps: [
        {
          id: 'add',
          sql: {
            statements:
              'alter table shop.customers add column country_code text; update shop.customers set country_code = upper(country)',
          },
        },
      ],
    },
  },
  {
    ask: 'Nobody needs the note of customers any more: drop that column.',
    goal: {
      ...head('drop-note'),
      steps: [{ id: 'drop', sql: { statements: 'alter table shop.customers drop column note' } }],
    },
  },
  {
    ask: 'E-mail addresses of customers should be in lower case.',
    goal: {
      ...head('lower-mail'),
      steps: [
        {
          id: 'lower',
          sql: { statements: 'update shop.customers set email = lower(email) where email <> lower(email)' },
        },
      ],
    },
  },
  {
    ask: 'Every morning at six, Zurich time, a table with the revenue of each day.',
    goal: {
      ...head('daily-revenue'),
      schedule: { cron: '0 6 * * *', timezone: 'Europe/Zurich' },
      steps: [
        {
          id: 'revenue',
          model: {
            name: 'marts.daily_revenue',
            sql: `select (ordered_at at time zone 'Europe/Zurich')::date as day, sum(amount) as revenue
                    from shop.orders where status = 'paid' group by 1`,
          },
        },
      ],
    },
  },
  {
    ask: 'Make sure that every order has a customer.',
    goal: {
      ...head('orders-have-customers'),
      steps: [
        {
          id: 'known',
          check: {
            sql: 'select o.id from shop.orders o where not exists (select 1 from shop.customers c where c.id = o.customer_id)',
          },
        },
      ],
    },
  },
  {
    ask: 'Load the invoices and build a monthly total per customer from them.',
    goal: {
      ...head('invoices'),
      steps: [
        {
          id: 'invoices',
          ingest: { from: { files: 'invoices/*.csv' }, into: 'raw.invoices', key: ['number'] },
        },
        {
          id: 'totals',
          needs: ['invoices'],
          model: {
            name: 'marts.monthly_invoice_totals',
            sql: `select c.id as customer_id, date_trunc('month', i.issued_at) as month, sum(i.amount) as total
                    from raw.invoices i join shop.customers c on c.id = i.customer_id group by 1, 2`,
          },
        },
      ],
    },
  },
  {
    ask: 'Empty the table staging.tmp_orders.',
    goal: {
      ...head('empty-staging'),
      steps: [{ id: 'empty', sql: { statements: 'delete from staging.tmp_orders' } }],
    },
  },
  {
    ask: 'For each customer the total and number of their orders, and from that the ten best customers of every region.',
    goal: {
      ...head('best-customers'),
      steps: [
        {
          id: 'totals',
          model: {
            name: 'marts.customer_totals',
            sql: `select c.id as customer_id, c.region, coalesce(sum(o.amount), 0) as total, count(o.id) as orders
                    from shop.customers c left join shop.orders o on o.customer_id = c.id group by c.id, c.region`,
          },
        },
        {
          id: 'best',
          needs: ['totals'],
          model: {
            name: 'marts.best_customers',
            sql: `select region, customer_id, total from (
                    select t.*, row_number() over (partition by region order by total desc, customer_id) as place
                      from marts.customer_totals t) ranked where place <= 10`,
            materialized: 'view',
          },
        },
      ],
    },
  },
  {
    ask: 'Baue mir den Umsatz pro Region aus den bezahlten Bestellungen.',
    goal: {
      ...head('umsatz'),
      steps: [
        {
          id: 'umsatz',
          model: {
            name: 'marts.umsatz_pro_region',
            sql: `select c.region, sum(o.amount) as umsatz from shop.orders o join shop.customers c on c.id = o.customer_id
                   where o.status = 'paid' group by c.region`,
          },
        },
      ],
    },
  },
  {
    ask: 'Copy the table customers of the crm into raw.crm_customers.',
    goal: {
      ...head('crm-customers'),
      steps: [
        {
          id: 'copy',
          ingest: {
            from: { postgres: 'crm', table: 'public.customers' },
            into: 'raw.crm_customers',
            mode: 'merge',
            key: ['id'],
          },
        },
      ],
    },
  },
  {
    ask: 'Rename the column note of customers to remark.',
    goal: {
      ...head('remark'),
      steps: [
        { id: 'rename', sql: { statements: 'alter table shop.customers rename column note to remark' } },
      ],
    },
  },
  {
    ask: 'Make a table marts.refunds with order_id, amount and day, and an index on day.',
    goal: {
      ...head('refunds'),
      steps: [
        {
          id: 'make',
          sql: {
            statements: `create table marts.refunds (order_id bigint primary key, amount numeric(12,2) not null, day date not null);
              create index refunds_day on marts.refunds (day)`,
          },
        },
      ],
    },
  },
  {
    ask: 'Tidy up the customers.',
    answers: ['Yes: remove the customers without any orders who came before 2019-02-01.'],
    goal: {
      ...head('idle-customers'),
      steps: [
        {
          id: 'remove',
          sql: {
            statements: `delete from shop.customers c where c.created_at < timestamptz '2019-02-01 00:00:00+00'
              and not exists (select 1 from shop.orders o where o.customer_id = c.id)`,
          },
        },
      ],
    },
  },
];
