import { inputMutation, sqlMutation, type GoalTask } from '../task';

const model = (name: string, sql: string, more: object = {}) => ({
  id: 'model',
  model: { name, sql, ...more },
});
/** Of a line of an order, in cents, before rounding. */
const LINE = 'i.quantity * i.unit_price_cents * (1 - coalesce(i.discount_pct, 0) / 100)';
const SOLD = `o.status in ('paid', 'shipped', 'delivered')`;

export const models: GoalTask[] = [
  {
    id: 'model-revenue-by-day',
    kind: 'model',
    words:
      'Build marts.revenue_by_day: one row per calendar day in Berlin (column day) with orders, the number of orders, and revenue_cents, the sum of quantity × unit price less the discount over their items, rounded to whole cents at the end. Only orders that are paid, shipped or delivered, all currencies as they are, no shipping.',
    looks: ['shop.orders', 'shop.order_items'],
    ends: 'goal',
    reference: {
      goal: 'revenue-by-day',
      steps: [
        model(
          'marts.revenue_by_day',
          `select (o.ordered_at at time zone 'Europe/Berlin')::date as day, count(distinct o.order_id) as orders,
             round(sum(${LINE})) as revenue_cents
           from shop.orders o join shop.order_items i on i.order_id = o.order_id
           where ${SOLD} group by 1`,
          { tests: [{ not_null: ['day', 'orders', 'revenue_cents'] }, { unique: ['day'] }] },
        ),
      ],
    },
    outcome: {
      writes: ['marts.revenue_by_day'],
      rows: [
        {
          got: 'select day::date, orders::bigint, revenue_cents::numeric from marts.revenue_by_day',
          want: `
            select day, count(*), round(sum(cents)) from (
              select (timezone('Europe/Berlin', ordered_at))::date as day,
                (select sum(quantity * unit_price_cents * (100 - coalesce(discount_pct, 0)) / 100) from shop.order_items x where x.order_id = y.order_id) as cents
              from shop.orders y where status not in ('cancelled', 'placed', 'returned')) z group by day`,
        },
      ],
      keys: [{ relation: 'marts.revenue_by_day', columns: ['day'] }],
    },
    mutations: [
      sqlMutation('cancelled orders count', 'model', `where ${SOLD}`, ''),
      sqlMutation('days in UTC', 'model', ` at time zone 'Europe/Berlin'`, ''),
      sqlMutation('discount forgotten', 'model', ' * (1 - coalesce(i.discount_pct, 0) / 100)', ''),
      sqlMutation('null discount makes null', 'model', 'coalesce(i.discount_pct, 0)', 'i.discount_pct'),
      sqlMutation('a column that does not exist', 'model', 'i.unit_price_cents', 'i.price_cents'),
      sqlMutation('items counted as orders', 'model', 'count(distinct o.order_id)', 'count(*)'),
    ],
  },
  {
    id: 'model-customers-latest',
    kind: 'model',
    words:
      'Make marts.customers_latest from shop.customers_raw: one row per customer_id, the newest version (see the table’s comment for ties), without customers whose newest version is deleted. Columns customer_id, email (trimmed, lower case), country (upper case), updated_at.',
    looks: ['shop.customers_raw'],
    ends: 'goal',
    reference: {
      goal: 'customers-latest',
      steps: [
        model(
          'marts.customers_latest',
          `select customer_id, lower(trim(email)) as email, upper(country) as country, updated_at
           from (select distinct on (customer_id) * from shop.customers_raw order by customer_id, updated_at desc, row_id desc) newest
           where not deleted`,
          { tests: [{ unique: ['customer_id'] }, { not_null: ['customer_id', 'email'] }] },
        ),
      ],
    },
    outcome: {
      writes: ['marts.customers_latest'],
      rows: [
        {
          got: 'select customer_id, email, country, updated_at from marts.customers_latest',
          want: `
            select customer_id, lower(btrim(email)), upper(country), updated_at from shop.customers_raw r
            where not deleted and not exists (select from shop.customers_raw later where later.customer_id = r.customer_id
              and (later.updated_at, later.row_id) > (r.updated_at, r.row_id))`,
        },
      ],
      keys: [{ relation: 'marts.customers_latest', columns: ['customer_id'] }],
    },
    mutations: [
      sqlMutation('the oldest version', 'model', 'updated_at desc', 'updated_at'),
      sqlMutation('deleted ones stay', 'model', 'where not deleted', ''),
      sqlMutation(
        'deleted versions are skipped, not customers',
        'model',
        /from shop.customers_raw order(.*)\) newest\s+where not deleted/s,
        'from shop.customers_raw where not deleted order$1) newest',
      ),
      sqlMutation('blanks stay', 'model', 'trim(email)', 'email'),
    ],
  },
  {
    id: 'model-order-balance',
    kind: 'model',
    words:
      'I need marts.order_balance, one row per order: order_id, items_cents (its items with discount, rounded to cents) and paid_cents (captured payments, each provider_ref once, the earliest payment_id counts), 0 where there is nothing.',
    looks: ['shop.orders', 'shop.order_items', 'shop.payments'],
    ends: 'goal',
    reference: {
      goal: 'order-balance',
      steps: [
        model(
          'marts.order_balance',
          `with items as (
             select i.order_id, round(sum(${LINE})) as cents from shop.order_items i group by 1
           ), paid as (
             select order_id, sum(amount_cents) as cents
             from (select distinct on (provider_ref) * from shop.payments where status = 'captured' order by provider_ref, payment_id) once
             group by 1
           )
           select o.order_id, coalesce(items.cents, 0) as items_cents, coalesce(paid.cents, 0) as paid_cents
           from shop.orders o left join items on items.order_id = o.order_id left join paid on paid.order_id = o.order_id`,
          { tests: [{ unique: ['order_id'] }] },
        ),
      ],
    },
    outcome: {
      writes: ['marts.order_balance'],
      rows: [
        {
          got: 'select order_id, items_cents::numeric, paid_cents::numeric from marts.order_balance',
          want: `
            select order_id,
              (select coalesce(round(sum(quantity * unit_price_cents * (100 - coalesce(discount_pct, 0)) / 100)), 0) from shop.order_items i where i.order_id = o.order_id),
              (select coalesce(sum(amount_cents), 0)::numeric from shop.payments p where p.order_id = o.order_id and status = 'captured'
                 and not exists (select from shop.payments q where q.status = 'captured' and q.provider_ref = p.provider_ref and q.payment_id < p.payment_id))
            from shop.orders o`,
        },
      ],
      keys: [{ relation: 'marts.order_balance', columns: ['order_id'] }],
    },
    mutations: [
      sqlMutation('payments that failed count', 'model', `where status = 'captured' `, ''),
      sqlMutation(
        'payments that came twice count twice',
        'model',
        /\(select distinct on \(provider_ref\)(.*)payment_id\) once/s,
        `(select * from shop.payments where status = 'captured') once`,
      ),
      sqlMutation('orders without payment are missing', 'model', 'left join paid', 'join paid'),
      sqlMutation(
        'fan-out',
        'model',
        'left join paid',
        'left join shop.order_items f on f.order_id = o.order_id left join paid',
      ),
    ],
  },
  {
    id: 'model-never-sold',
    kind: 'model',
    words: 'Which products were never ordered? Keep product_id and sku in marts.products_never_sold.',
    looks: ['shop.products', 'shop.order_items'],
    ends: 'goal',
    reference: {
      goal: 'never-sold',
      steps: [
        model(
          'marts.products_never_sold',
          `select p.product_id, p.sku from shop.products p
           where not exists (select from shop.order_items i where i.product_id = p.product_id)`,
        ),
      ],
    },
    outcome: {
      writes: ['marts.products_never_sold'],
      rows: [
        {
          got: 'select product_id, sku from marts.products_never_sold',
          want: `select product_id, sku from shop.products left join (select distinct product_id as sold from shop.order_items) s on sold = product_id where sold is null`,
        },
      ],
    },
    mutations: [
      sqlMutation(
        'not in with nulls',
        'model',
        /where not exists .*/s,
        'where p.product_id not in (select product_id from shop.order_items)',
      ),
      sqlMutation('only active ones', 'model', 'where not exists', 'where p.active and not exists'),
      sqlMutation('a table that does not exist', 'model', 'shop.order_items', 'shop.order_lines'),
    ],
  },
  {
    id: 'model-new-customers',
    kind: 'model',
    words:
      'marts.new_customers_by_month: per calendar month (UTC, column month, its first day) how many customers placed their very first order, column new_customers. Orders without a customer do not count; every status does.',
    looks: ['shop.orders'],
    ends: 'goal',
    reference: {
      goal: 'new-customers',
      steps: [
        model(
          'marts.new_customers_by_month',
          `select date_trunc('month', first_at at time zone 'UTC')::date as month, count(*) as new_customers
           from (select customer_id, min(ordered_at) as first_at from shop.orders where customer_id is not null group by 1) firsts
           group by 1`,
        ),
      ],
    },
    outcome: {
      writes: ['marts.new_customers_by_month'],
      rows: [
        {
          got: 'select month::date, new_customers::bigint from marts.new_customers_by_month',
          want: `
            select make_date(y, m, 1), count(*) from (
              select distinct on (customer_id) extract(year from ordered_at at time zone 'UTC')::int as y, extract(month from ordered_at at time zone 'UTC')::int as m
              from shop.orders where customer_id > 0 order by customer_id, ordered_at) f group by y, m`,
        },
      ],
    },
    mutations: [
      sqlMutation('the last order', 'model', 'min(ordered_at)', 'max(ordered_at)'),
      sqlMutation('guests as one customer', 'model', ' where customer_id is not null', ''),
      sqlMutation(
        'all orders',
        'model',
        /\(select customer_id, min.*firsts/s,
        '(select ordered_at as first_at from shop.orders where customer_id is not null) firsts',
      ),
    ],
  },
  {
    id: 'model-refund-rate',
    kind: 'model',
    words:
      'For each payment method, with null shown as "unknown": marts.refund_rate with method, captured_cents, refunded_cents and rate (refunded / captured, four decimals, null if nothing was captured). Only captured payments and their refunds.',
    looks: ['shop.payments', 'shop.refunds'],
    ends: 'goal',
    reference: {
      goal: 'refund-rate',
      steps: [
        model(
          'marts.refund_rate',
          `with refunded as (select payment_id, sum(amount_cents) as cents from shop.refunds group by 1)
           select coalesce(p.method, 'unknown') as method, sum(p.amount_cents) as captured_cents, coalesce(sum(r.cents), 0) as refunded_cents,
             round(coalesce(sum(r.cents), 0) * 1.0 / nullif(sum(p.amount_cents), 0), 4) as rate
           from shop.payments p left join refunded r on r.payment_id = p.payment_id where p.status = 'captured' group by 1`,
        ),
      ],
    },
    outcome: {
      writes: ['marts.refund_rate'],
      rows: [
        {
          got: 'select method, captured_cents::numeric, refunded_cents::numeric, rate::numeric(8, 4) from marts.refund_rate',
          want: `
            select m, c, f, (f / c)::numeric(8, 4) from (
              select coalesce(method, 'unknown') as m, sum(amount_cents)::numeric as c,
                sum((select coalesce(sum(amount_cents), 0) from shop.refunds r where r.payment_id = p.payment_id))::numeric as f
              from shop.payments p where status = 'captured' group by 1) x`,
        },
      ],
    },
    mutations: [
      sqlMutation('payments that failed, too', 'model', ` where p.status = 'captured'`, ''),
      sqlMutation('only payments with refunds', 'model', 'left join refunded', 'join refunded'),
      sqlMutation('the unknown method has no name', 'model', `coalesce(p.method, 'unknown')`, 'p.method'),
    ],
  },
  {
    id: 'model-top-products',
    kind: 'model',
    words:
      'Top 3 products per category by quantity ordered (all orders), ties by the smaller product_id, products without a category left out: marts.top_products with category, place (1 to 3), product_id, quantity.',
    looks: ['shop.products', 'shop.order_items'],
    ends: 'goal',
    reference: {
      goal: 'top-products',
      steps: [
        model(
          'marts.top_products',
          `with sold as (
             select p.category, p.product_id, sum(i.quantity) as quantity
             from shop.order_items i join shop.products p on p.product_id = i.product_id where p.category is not null group by 1, 2
           ), ranked as (
             select category, row_number() over (partition by category order by quantity desc, product_id) as place, product_id, quantity from sold
           )
           select category, place, product_id, quantity from ranked where place <= 3`,
          { tests: [{ unique: ['category', 'place'] }] },
        ),
      ],
    },
    outcome: {
      writes: ['marts.top_products'],
      rows: [
        {
          got: 'select category, place::bigint, product_id, quantity::bigint from marts.top_products',
          want: `
            select s.category, 1 + count(b.product_id), s.product_id, s.q from
              (select category, p.product_id, sum(quantity) as q from shop.products p, shop.order_items i where i.product_id = p.product_id group by 1, 2) s
              left join (select category, p.product_id, sum(quantity) as q from shop.products p, shop.order_items i where i.product_id = p.product_id group by 1, 2) b
                on b.category = s.category and (b.q > s.q or (b.q = s.q and b.product_id < s.product_id))
            where s.category is not null group by 1, 3, 4 having count(b.product_id) < 3`,
        },
      ],
    },
    mutations: [
      sqlMutation('the other end', 'model', 'order by quantity desc', 'order by quantity'),
      sqlMutation('overall', 'model', 'partition by category ', ''),
      sqlMutation('with the category that is none', 'model', ' where p.category is not null', ''),
    ],
  },
  {
    id: 'model-revenue-eur',
    kind: 'model',
    words:
      'marts.revenue_eur: one row per order that is not cancelled, with order_id and eur_cents: its items (with discount) converted to euros at the rate of the day it was ordered (UTC) and rounded to cents. The comment on shop.exchange_rates says what holds at weekends.',
    looks: ['shop.orders', 'shop.order_items', 'shop.exchange_rates'],
    ends: 'goal',
    reference: {
      goal: 'revenue-eur',
      steps: [
        model(
          'marts.revenue_eur',
          `with items as (select i.order_id, sum(${LINE}) as cents from shop.order_items i group by 1)
           select o.order_id, round(items.cents * case when o.currency = 'EUR' then 1 else rate.rate_to_eur end) as eur_cents
           from shop.orders o join items on items.order_id = o.order_id
           left join lateral (
             select r.rate_to_eur from shop.exchange_rates r
             where r.currency = o.currency and r.day <= (o.ordered_at at time zone 'UTC')::date order by r.day desc limit 1) rate on true
           where o.status <> 'cancelled'`,
          { tests: [{ not_null: ['order_id', 'eur_cents'] }, { unique: ['order_id'] }] },
        ),
      ],
    },
    outcome: {
      writes: ['marts.revenue_eur'],
      rows: [
        {
          got: 'select order_id, eur_cents::numeric from marts.revenue_eur',
          want: `
            select o.order_id, round((select sum(quantity * unit_price_cents * (100 - coalesce(discount_pct, 0)) / 100) from shop.order_items i where i.order_id = o.order_id)
              * coalesce((select rate_to_eur from shop.exchange_rates r where r.currency = o.currency
                  and r.day = (select max(day) from shop.exchange_rates x where x.currency = o.currency and x.day <= timezone('UTC', o.ordered_at)::date)), 1))
            from shop.orders o where status is distinct from 'cancelled'`,
        },
      ],
    },
    mutations: [
      sqlMutation('weekends have no rate', 'model', 'r.day <= (', 'r.day = ('),
      sqlMutation('the first rate there was', 'model', 'order by r.day desc', 'order by r.day'),
      sqlMutation('not converted', 'model', /case when o.currency.*?end/s, '1'),
    ],
  },
  {
    id: 'model-delays-by-carrier',
    kind: 'model',
    words:
      'Per airline in raw.flights: marts.delays_by_carrier with carrier, airline (its name), flights, never_arrived (arr_delay missing) and avg_arr_delay (of those that arrived, two decimals).',
    looks: ['raw.flights', 'raw.airlines'],
    ends: 'goal',
    reference: {
      goal: 'delays-by-carrier',
      steps: [
        model(
          'marts.delays_by_carrier',
          `select f.carrier, a.name as airline, count(*) as flights, count(*) filter (where f.arr_delay is null) as never_arrived,
             round(avg(f.arr_delay), 2) as avg_arr_delay
           from raw.flights f left join raw.airlines a on a.carrier = f.carrier group by 1, 2`,
          {
            tests: [
              { unique: ['carrier'] },
              { relationships: { column: 'carrier', to: 'raw.airlines', field: 'carrier' } },
            ],
          },
        ),
      ],
    },
    outcome: {
      writes: ['marts.delays_by_carrier'],
      rows: [
        {
          got: 'select carrier, airline, flights::bigint, never_arrived::bigint, avg_arr_delay::numeric from marts.delays_by_carrier',
          want: `
            select carrier, (select name from raw.airlines a where a.carrier = g.carrier), count(*), count(*) - count(arr_delay),
              round(sum(arr_delay)::numeric / count(arr_delay), 2) from raw.flights g group by carrier`,
        },
      ],
    },
    mutations: [
      sqlMutation(
        'flights that did not arrive are left out',
        'model',
        'group by 1, 2',
        'where f.arr_delay is not null group by 1, 2',
      ),
      sqlMutation('missing delays as zero', 'model', 'avg(f.arr_delay)', 'avg(coalesce(f.arr_delay, 0))'),
      sqlMutation('departure instead of arrival', 'model', 'avg(f.arr_delay)', 'avg(f.dep_delay)'),
    ],
  },
  {
    id: 'model-calendar',
    kind: 'model',
    words:
      'A row for every day of March 2024, also for days without orders: marts.orders_march with day and orders (by UTC day, all statuses).',
    looks: ['shop.orders'],
    ends: 'goal',
    reference: {
      goal: 'orders-march',
      steps: [
        model(
          'marts.orders_march',
          `select d::date as day, count(o.order_id) as orders
           from generate_series(date '2024-03-01', date '2024-03-31', interval '1 day') d
           left join shop.orders o on (o.ordered_at at time zone 'UTC')::date = d::date group by 1`,
        ),
      ],
    },
    outcome: {
      writes: ['marts.orders_march'],
      rows: [
        {
          got: 'select day::date, orders::bigint from marts.orders_march',
          want: `
            select date '2024-03-01' + n, (select count(*) from shop.orders where ordered_at >= timestamptz '2024-03-01 00:00+00' + n * interval '24 hours'
              and ordered_at < timestamptz '2024-03-02 00:00+00' + n * interval '24 hours') from generate_series(0, 30) n`,
        },
      ],
    },
    mutations: [
      sqlMutation('days without orders are missing', 'model', 'left join', 'join'),
      sqlMutation('such days count one', 'model', 'count(o.order_id)', 'count(*)'),
      sqlMutation('a day too few', 'model', '2024-03-31', '2024-03-30'),
    ],
  },
  {
    id: 'model-manufacturers',
    kind: 'model',
    words:
      'How many flights flew planes of each manufacturer? marts.flights_by_manufacturer with manufacturer and flights; planes that we do not know, or flights without a tail number, under "unknown". Nothing may be lost.',
    looks: ['raw.flights', 'raw.planes'],
    ends: 'goal',
    reference: {
      goal: 'manufacturers',
      steps: [
        model(
          'marts.flights_by_manufacturer',
          `select coalesce(p.manufacturer, 'unknown') as manufacturer, count(*) as flights
           from raw.flights f left join raw.planes p on p.tailnum = f.tailnum group by 1`,
        ),
        {
          id: 'complete',
          needs: ['model'],
          check: {
            description: 'every flight is counted once',
            sql: 'select from (select sum(flights) as n from marts.flights_by_manufacturer) m, (select count(*) as n from raw.flights) f where m.n <> f.n',
          },
        },
      ],
    },
    outcome: {
      writes: ['marts.flights_by_manufacturer'],
      rows: [
        {
          got: 'select manufacturer, flights::bigint from marts.flights_by_manufacturer',
          want: `
            select m, count(*) from (select coalesce((select manufacturer from raw.planes p where p.tailnum = f.tailnum), 'unknown') as m from raw.flights f) x group by m`,
        },
      ],
    },
    mutations: [
      sqlMutation('unknown planes are lost', 'model', 'left join', 'join'),
      inputMutation('another name', 'model', (input) => (input.name = 'marts.manufacturers')),
    ],
  },
  {
    id: 'model-view',
    kind: 'model',
    words:
      'I want a view, not a table: marts.active_products with product_id, sku, name and margin_cents (list price less cost, null where the cost is unknown) of active products.',
    looks: ['shop.products'],
    ends: 'goal',
    reference: {
      goal: 'active-products',
      steps: [
        model(
          'marts.active_products',
          'select product_id, sku, name, list_price_cents - cost_cents as margin_cents from shop.products where active',
          { materialized: 'view' },
        ),
      ],
    },
    outcome: {
      writes: ['marts.active_products'],
      rows: [
        {
          got: 'select product_id, sku, name, margin_cents from marts.active_products',
          want: 'select product_id, sku, name, list_price_cents - cost_cents from shop.products where active is true',
        },
        {
          got: `select relkind::text from pg_class where oid = to_regclass('marts.active_products')`,
          want: `values ('v')`,
        },
      ],
    },
    mutations: [
      inputMutation('a table', 'model', (input) => (input.materialized = 'table')),
      sqlMutation('inactive ones, too', 'model', ' where active', ''),
      sqlMutation('unknown costs as zero', 'model', '- cost_cents', '- coalesce(cost_cents, 0)'),
    ],
  },
];
