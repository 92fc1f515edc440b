import { SERVER_MAJOR } from '../support/postgres';
import { createPostgresWarehouse } from '../../warehouses/postgres/warehouse';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import type { Warehouse } from '../../warehouses/warehouse';
import { testWarehouse, type TestWarehouse } from './support/warehouse';

/** The server of the embedded major, where shadows of a warehouse of any major are made by default. */
function embedded(): { host: string; port: number; admin: Login; rehearsal: Login } {
  const { hostname, port, password } = new URL(process.env.SLUICE_TEST_PG_ADMIN_URL!);
  const login = (user: string): Login => ({ user, password });
  return {
    host: hostname,
    port: Number(port),
    admin: login('postgres'),
    rehearsal: login('sluice_rehearsal'),
  };
}
interface Login {
  user: string;
  password: string;
}

const TABLES = `
  create schema crm;
  create type crm.state as enum ('new', 'old');
  create domain crm.code as text check (value ~ '^[a-z]+$');
  create table crm.customer (
    id bigint generated always as identity primary key, name varchar(40) not null, state crm.state not null default 'new',
    code crm.code, credit numeric(8,2) check (credit >= 0), upper_name text generated always as (upper(name)) stored);
  comment on column crm.customer.name is 'as printed';
  create index by_name on crm.customer (lower(name)) where credit > 0;
  create table crm.orders (
    id serial, customer bigint not null references crm.customer on delete cascade, at timestamptz not null default now(),
    note text, primary key (id, at)) partition by range (at);
  create table crm.orders_2024 partition of crm.orders for values from ('2024-01-01') to ('2025-01-01');
  create index on crm.orders (note);
  create function crm.touch() returns trigger language plpgsql as 'begin return new; end';
  create trigger touch before update on crm.customer for each row execute function crm.touch();
  create view crm.open as select c.id, o.note from crm.customer c join crm.orders o on o.customer = c.id;
  grant select on crm.customer to sluice_reader;
  insert into crm.customer (name, credit) values ('Ann', 1), ('Bo', 2);
  insert into crm.orders (customer, at) values (1, '2024-05-01'), (2, '2024-06-01')`;

let test_: TestWarehouse;
let warehouse: Warehouse;
beforeAll(async () => {
  test_ = await testWarehouse('simulated');
  await test_.asWriter(TABLES);
  const { admin: _admin, rehearsal: _rehearsal, ...options } = test_.options;
  warehouse = createPostgresWarehouse({ ...options, shadows: embedded() });
});
afterAll(async () => {
  await warehouse?.close();
  await test_?.close();
});

test('a shadow on another major than the warehouse’s simulates, and says which; one on the same does not', async () => {
  expect(await test_.warehouse.simulates()).toBeUndefined();
  expect(await warehouse.simulates()).toBe(
    SERVER_MAJOR === 18
      ? undefined
      : `the warehouse is PostgreSQL ${SERVER_MAJOR}, the server of its shadows PostgreSQL 18`,
  );
});

test('tables, their columns, keys, partitions and rows are the same in a shadow on another major', async () => {
  const { shadow, gaps } = await warehouse.openShadow(test_.db.database);
  try {
    // That it is another server is said by the simulation, not by a gap.
    expect(gaps).toEqual([]);
    const relations = ['crm.customer', 'crm.orders', 'crm.orders_2024'];
    const [live, copy] = await Promise.all(
      [warehouse.live, shadow].map((place) =>
        place.read((session) => fingerprintRelations(session, relations)),
      ),
    );
    expect(copy).toEqual(live);
    const report = await shadow.sample(relations, 100);
    expect(report.tables.map(({ rows }) => rows)).toEqual([2, 2]);
  } finally {
    await shadow.close();
    await warehouse.dropShadow(test_.db.database);
  }
});
