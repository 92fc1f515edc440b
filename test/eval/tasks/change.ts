import { sqlMutation, type GoalTask } from '../task';

const sql = (statements: string) => ({ id: 'change', sql: { statements } });

export const changes: GoalTask[] = [
  {
    id: 'change-add-column',
    kind: 'change',
    words: 'Add a text column called supplier_note to shop.products, empty for now.',
    looks: ['shop.products'],
    ends: 'goal',
    reference: {
      goal: 'add-supplier-note',
      steps: [sql('alter table shop.products add column supplier_note text')],
    },
    outcome: {
      writes: ['shop.products'],
      rows: [
        {
          got: `select data_type::text from information_schema.columns where table_schema = 'shop' and table_name = 'products' and column_name = 'supplier_note'`,
          want: `values ('text')`,
        },
        {
          got: 'select count(*), count(supplier_note) from shop.products',
          want: 'values (80::bigint, 0::bigint)',
        },
      ],
    },
    mutations: [
      sqlMutation('another type', 'change', 'note text', 'note integer'),
      sqlMutation('another table', 'change', 'shop.products', 'shop.orders'),
      sqlMutation('filled', 'change', 'note text', `note text default ''`),
    ],
  },
  {
    id: 'change-fill-nulls',
    kind: 'change',
    words: 'In shop.orders, set channel to "unknown" wherever it is missing. Leave everything else alone.',
    looks: ['shop.orders'],
    ends: 'goal',
    reference: {
      goal: 'fill-channel',
      steps: [sql(`update shop.orders set channel = 'unknown' where channel is null`)],
    },
    outcome: {
      writes: ['shop.orders'],
      rows: [
        {
          got: 'select order_id, channel from shop.orders',
          want: `select i, (array['unknown', 'web', 'app', 'web', 'store', 'app'])[1 + i % 6] from generate_series(1, 1400) i`,
        },
        {
          got: 'select count(distinct (customer_id, status, currency)) from shop.orders',
          want: 'select count(distinct (customer_id, status, currency)) from shop.orders',
        },
      ],
    },
    mutations: [
      sqlMutation('everywhere', 'change', ' where channel is null', ''),
      sqlMutation('= null', 'change', 'channel is null', 'channel = null'),
      sqlMutation('another value', 'change', `'unknown'`, `'none'`),
    ],
  },
  {
    id: 'change-delete-tests',
    kind: 'change',
    words:
      'Delete the test customers (email ending in @test.example) from shop.customers, but keep those that have orders.',
    looks: ['shop.customers', 'shop.orders'],
    ends: 'goal',
    reference: {
      goal: 'delete-test-customers',
      steps: [
        sql(
          `delete from shop.customers c where c.email like '%@test.example' and not exists (select from shop.orders o where o.customer_id = c.customer_id)`,
        ),
      ],
    },
    outcome: {
      writes: ['shop.customers'],
      rows: [
        {
          got: 'select customer_id from shop.customers',
          want: `select i from generate_series(1, 400) i where i % 97 <> 0 or i in (select customer_id from shop.orders where customer_id is not null)`,
        },
      ],
    },
    mutations: [
      sqlMutation('those with orders, too', 'change', / and not exists .*/s, ''),
      sqlMutation('all without orders', 'change', `c.email like '%@test.example' and `, ''),
    ],
  },
  {
    id: 'change-unique-sku',
    kind: 'change',
    words:
      'The sku of a product must be unique from now on, enforced by a unique index called products_sku on shop.products.',
    looks: ['shop.products'],
    ends: 'goal',
    reference: {
      goal: 'unique-sku',
      steps: [sql('create unique index products_sku on shop.products (sku)')],
    },
    outcome: {
      writes: ['shop.products'],
      rows: [
        {
          got: `select i.indisunique, a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] where i.indexrelid = to_regclass('shop.products_sku')`,
          want: `values (true, 'sku')`,
        },
      ],
    },
    mutations: [
      sqlMutation('not unique', 'change', 'unique index', 'index'),
      sqlMutation('another column', 'change', '(sku)', '(product_id)'),
    ],
  },
  {
    id: 'change-drop-table',
    kind: 'change',
    words: 'legacy.tmp_import is not needed any more: drop it.',
    looks: ['legacy.tmp_import'],
    ends: 'goal',
    reference: { goal: 'drop-tmp-import', steps: [sql('drop table legacy.tmp_import')] },
    outcome: {
      writes: ['legacy.tmp_import'],
      confirms: ['legacy.tmp_import'],
      rows: [{ got: `select to_regclass('legacy.tmp_import') is null`, want: 'values (true)' }],
    },
    mutations: [
      sqlMutation('another table', 'change', 'legacy.tmp_import', 'legacy.orders'),
      sqlMutation(
        'both',
        'change',
        'drop table legacy.tmp_import',
        'drop table legacy.tmp_import; drop table legacy.orders',
      ),
    ],
  },
  {
    id: 'change-rename',
    kind: 'change',
    words: 'Rename shop.inventory.on_hand to quantity_on_hand.',
    looks: ['shop.inventory'],
    ends: 'goal',
    reference: {
      goal: 'rename-on-hand',
      steps: [sql('alter table shop.inventory rename column on_hand to quantity_on_hand')],
    },
    outcome: {
      writes: ['shop.inventory'],
      rows: [
        {
          got: `select column_name::text from information_schema.columns where table_schema = 'shop' and table_name = 'inventory'`,
          want: `values ('product_id'), ('warehouse'), ('quantity_on_hand'), ('counted_at')`,
        },
        {
          got: 'select sum(quantity_on_hand) from shop.inventory',
          want: 'select sum(i * 29 % 200) from generate_series(1, 320) i',
        },
      ],
    },
    mutations: [
      sqlMutation(
        'added instead',
        'change',
        /.*/s,
        'alter table shop.inventory add column quantity_on_hand integer',
      ),
      sqlMutation('another name', 'change', 'quantity_on_hand', 'on_hand_quantity'),
    ],
  },
];
