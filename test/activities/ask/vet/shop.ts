import { testWarehouse, type TestWarehouse } from '../../../warehouses/support/warehouse';

/** A shop: few tables, enough rows that every row with every row is too many for a limit of 100,000. */
export const SHOP = `
  create schema shop; create schema marts; create schema staging; create schema hr;
  create table shop.customers (id bigint primary key, name text not null, email text, region text not null,
    country text, note text, created_at timestamptz not null default now());
  create table shop.orders (id bigint primary key, customer_id bigint references shop.customers, status text not null,
    amount numeric(12,2) not null, ordered_at timestamptz not null);
  create table shop.order_items (order_id bigint not null references shop.orders, line int not null, sku text not null,
    quantity int not null, price numeric(12,2) not null, primary key (order_id, line));
  create table staging.tmp_orders (id bigint, payload text);
  create table hr.salaries (person text primary key, salary numeric(12,2));
  create view shop.open_orders as select * from shop.orders where status = 'open';
  insert into shop.customers select n, 'N' || n, case when n % 3 = 0 then 'USER' || n || '@EXAMPLE.COM' else 'user' || n || '@example.com' end,
    (array['north','south','east','west'])[1 + n % 4], 'CH', case when n % 2 = 0 then 'x' end, timestamptz '2019-01-01' + n * interval '1 day'
    from generate_series(1, 600) n;
  insert into shop.orders select n, 1 + n % 600, (array['paid','open','cancelled'])[1 + n % 3], n % 97 + 0.5, timestamptz '2019-01-01' + n * interval '1 hour'
    from generate_series(1, 3000) n;
  insert into shop.order_items select n, 1, 'SKU-' || n % 50, 1 + n % 5, 9.90 from generate_series(1, 3000) n;
  insert into staging.tmp_orders select n, 'x' from generate_series(1, 20) n;
  insert into hr.salaries values ('Ada', 1);
  grant usage on schema shop, marts, staging, hr to sluice_reader;
  grant select on all tables in schema shop, marts, staging, hr to sluice_reader;
  analyze;
`;

export async function shop(): Promise<TestWarehouse> {
  const warehouse = await testWarehouse('shop');
  await warehouse.asWriter(SHOP);
  return warehouse;
}
