import { NULLS_ALIKE } from '../../support/postgres';

/**
 * A schema with everything that hangs on tables in practice: keys both ways, identity and serial columns, defaults,
 * checks, generated columns, views upon views, rights, comments, policies, triggers, statistics, odd names.
 */
export const SHOP = `
  create schema shop;
  comment on schema shop is 'the shop''s data';
  grant usage on schema shop to sluice_reader;
  create schema attic;
  comment on schema attic is 'it''s empty';
  grant usage, create on schema attic to sluice_reader with grant option;
  grant usage on schema attic to public;
  create type shop.state as enum ('new', 'paid', 'gone');

  create table shop.customer (
    title text default 'Mx',
    id bigint generated always as identity (start with 100 increment by 5) primary key,
    email text not null constraint customer_email_unique unique,
    "Full Name" varchar(40) collate "C" default 'nobody',
    credit numeric(8,2) not null default 0 constraint credit_not_negative check (credit >= 0),
    tags text[],
    since date default '2024-01-01'
  );
  comment on table shop.customer is 'who buys';
  comment on column shop.customer.credit is 'in euro; it''s never negative';
  comment on constraint customer_email_unique on shop.customer is 'one account each';
  grant select on shop.customer to sluice_reader with grant option;
  grant update (credit, "Full Name") on shop.customer to sluice_rehearsal;
  create index customer_name on shop.customer (lower("Full Name"), since desc) where credit > 0;
  comment on index shop.customer_name is 'for the search';
  alter table shop.customer alter column tags set storage external;
  alter table shop.customer alter column email set statistics 500;
  alter table shop.customer alter column since set (n_distinct = 50);
  create statistics shop.customer_stats (dependencies) on email, credit from shop.customer;
  alter table shop.customer replica identity using index customer_email_unique;
  comment on statistics shop.customer_stats is 'they go together';

  create table shop.orders (
    channel char(3) constraint channel_known check (channel in ('web', 'pos')),
    id serial primary key,
    customer_id bigint not null constraint orders_customer references shop.customer (id) on update cascade,
    state shop.state default 'new',
    amount integer not null,
    vat integer generated always as (amount / 5) stored,
    note varchar(20),
    placed timestamptz not null default '2024-05-01 10:00+00',
    email text references shop.customer (email) on delete set null
  );
  comment on column shop.orders.note is 'free text';
  create unique index orders_once on shop.orders (customer_id, placed, note) ${NULLS_ALIKE};
  create index orders_state on shop.orders (state) include (amount);
  alter table shop.orders cluster on orders_state;

  create table shop.line (
    order_id integer not null references shop.orders (id) deferrable initially deferred,
    no smallint not null,
    parent smallint,
    what text check (what <> ''),
    price real,
    primary key (order_id, no),
    constraint line_parent foreign key (order_id, parent) references shop.line (order_id, no)
  );
  alter table shop.line enable row level security;
  create policy own_lines on shop.line as permissive for select to sluice_reader using (price > 0 and order_id > 0);
  comment on policy own_lines on shop.line is 'no gifts';

  create table shop.log (at timestamp, what text, n integer);
  create function shop.touch() returns trigger language plpgsql as 'begin new.note = coalesce(new.note, ''-''); return new; end';
  create trigger touch before insert or update of note on shop.orders for each row execute function shop.touch();
  alter table shop.orders enable always trigger touch;

  create table shop.queue (place integer primary key, what text);

  create view shop.open_orders with (security_barrier = true) as
    select o.id, o.amount, c.email, c."Full Name" as name from shop.orders o join shop.customer c on c.id = o.customer_id
     where o.state <> 'gone';
  comment on view shop.open_orders is 'what is to do';
  comment on column shop.open_orders.amount is 'in cents';
  grant select on shop.open_orders to sluice_reader;
  create view shop.big_orders as select id, email from shop.open_orders where amount > 100;
  grant select (email) on shop.big_orders to sluice_rehearsal;
  create view shop.per_customer as
    select c.id, c.email, count(o.id) as orders from shop.customer c left join shop.orders o on o.customer_id = c.id group by c.id;

  insert into shop.customer (email, "Full Name", credit, tags) values
    ('a@x', 'Ann', 10.50, '{x,y}'), ('b@x', null, 0, null), ('c@x', 'Cäsar "the" O''Neil', 99.99, '{}');
  insert into shop.orders (channel, customer_id, state, amount, note, email) values
    ('web', 100, 'new', 50, 'first', 'a@x'), (null, 100, 'paid', 150, null, null),
    ('pos', 105, null, 1000, 'x', 'b@x'), ('web', 110, 'gone', 1, 'y', null);
  insert into shop.line values (1, 1, null, 'pen', 1.5), (1, 2, 1, 'ink', 0.1), (2, 1, null, 'desk', 300), (3, 1, null, null, null);
  insert into shop.queue values (1, 'a'), (2, 'b'), (3, 'c');
  insert into shop.log values ('2024-01-01 00:00', 'a', 1), ('2024-01-01 00:00', 'a', 1), (null, null, null), ('2024-01-02 00:00', 'b', 2);
`;
