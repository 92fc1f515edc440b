import { inputOf, sqlMutation, type GoalTask } from '../task';

const check = (sql: string, description: string, more: object = {}) => ({
  id: 'check',
  check: { description, sql, ...more },
});

export const checks: GoalTask[] = [
  {
    id: 'check-orders-have-items',
    kind: 'check',
    words: 'Make sure that every order has at least one item; the run must fail when one has none.',
    looks: ['shop.orders', 'shop.order_items'],
    ends: 'goal',
    reference: {
      goal: 'orders-have-items',
      steps: [
        check(
          'select o.order_id from shop.orders o where not exists (select from shop.order_items i where i.order_id = o.order_id)',
          'every order has an item',
        ),
      ],
    },
    outcome: {
      writes: [],
      catches: [
        {
          breaking: `insert into shop.orders values (99001, null, 'placed', now(), 'EUR', 0, null, null)`,
          restore: 'delete from shop.orders where order_id = 99001',
        },
      ],
    },
    mutations: [
      sqlMutation(
        'only orders of customers',
        'check',
        'where not exists',
        'where o.customer_id is not null and not exists',
      ),
      sqlMutation('a check of nothing', 'check', 'where not exists', 'where false and not exists'),
      sqlMutation('the other way round', 'check', 'where not exists', 'where exists'),
    ],
  },
  {
    id: 'check-emails-unique',
    kind: 'check',
    words:
      'Check that no two rows of shop.customers have the same email, whatever the case or blanks around it.',
    looks: ['shop.customers'],
    ends: 'goal',
    reference: {
      goal: 'emails-unique',
      steps: [
        check(
          'select lower(trim(email)) from shop.customers group by 1 having count(*) > 1',
          'emails are unique',
        ),
      ],
    },
    outcome: {
      writes: [],
      catches: [
        {
          breaking: `insert into shop.customers values (99001, ' USER5@Mail.Example', 'x', null, 'private', now(), null)`,
          restore: 'delete from shop.customers where customer_id = 99001',
        },
      ],
    },
    mutations: [
      sqlMutation('case matters', 'check', 'lower(trim(email))', 'trim(email)'),
      sqlMutation('blanks matter', 'check', 'lower(trim(email))', 'lower(email)'),
    ],
  },
  {
    id: 'check-flights-plausible',
    kind: 'check',
    words:
      'A flight in raw.flights must go somewhere: its destination differs from its origin and its distance is greater than 0. Let the run fail if not; a missing distance is a failure, too.',
    looks: ['raw.flights'],
    ends: 'goal',
    reference: {
      goal: 'flights-plausible',
      steps: [
        check(
          'select * from raw.flights where dest is not distinct from origin or coalesce(distance, 0) <= 0',
          'flights go somewhere',
        ),
      ],
    },
    outcome: {
      writes: [],
      catches: [
        {
          breaking: `update raw.flights set distance = null where ctid = (select min(ctid) from raw.flights where carrier = 'HA')`,
          restore: `update raw.flights set distance = 4983 where distance is null`,
        },
        {
          breaking: `insert into raw.flights (year, month, day, carrier, flight, origin, dest, distance) values (2013, 1, 1, 'ZZ', 1, 'JFK', 'JFK', 5)`,
          restore: `delete from raw.flights where carrier = 'ZZ'`,
        },
      ],
    },
    mutations: [
      sqlMutation('a missing distance passes', 'check', 'coalesce(distance, 0)', 'distance'),
      sqlMutation('only the distance', 'check', 'dest is not distinct from origin or ', ''),
    ],
  },
  {
    id: 'check-refunds',
    kind: 'check',
    words:
      'The refunds of a payment must never add up to more than the payment. Write me a check that fails otherwise.',
    looks: ['shop.refunds', 'shop.payments'],
    ends: 'goal',
    reference: {
      goal: 'refunds-bounded',
      steps: [
        check(
          `select p.payment_id from shop.payments p join shop.refunds r on r.payment_id = p.payment_id
           group by p.payment_id, p.amount_cents having sum(r.amount_cents) > p.amount_cents`,
          'refunds do not exceed their payment',
        ),
      ],
    },
    outcome: {
      writes: [],
      catches: [
        {
          // Each of them is less than the payment; together they are more.
          breaking: `insert into shop.refunds select 99000 + n, payment_id, amount_cents * 2 / 3, null, now() from shop.payments, generate_series(1, 2) n where payment_id = 7`,
          restore: 'delete from shop.refunds where refund_id > 99000',
        },
      ],
    },
    mutations: [
      sqlMutation('each refund alone', 'check', /group by.*$/s, 'where r.amount_cents > p.amount_cents'),
      sqlMutation(
        'any refund fails',
        'check',
        'sum(r.amount_cents) > p.amount_cents',
        'sum(r.amount_cents) > 0',
      ),
    ],
  },
  {
    id: 'check-warning',
    kind: 'check',
    words:
      'Products without a known cost should be reported as a warning, but the run must not fail because of them.',
    looks: ['shop.products'],
    ends: 'goal',
    reference: {
      goal: 'cost-known',
      steps: [
        check('select product_id from shop.products where cost_cents is null', 'costs are known', {
          severity: 'warning',
        }),
      ],
    },
    outcome: {
      writes: [],
      document: (document) =>
        inputOf(document, 'check').severity === 'warning' &&
        / shop\.products\b/i.test(String(inputOf(document, 'check').sql))
          ? []
          : ['there is no check of shop.products that warns'],
    },
    mutations: [{ name: 'an error', change: (document) => (inputOf(document, 'check').severity = 'error') }],
  },
];
