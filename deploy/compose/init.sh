#!/bin/sh
# Run once by the postgres image in an empty volume: roles and databases as `sluice up` makes them
# (runtime/postgres/roles.ts says what each role is for), and Temporal's two.
set -eu

psql --username=postgres --set=ON_ERROR_STOP=1 \
  --set=temporal="$TEMPORAL_DB_PASSWORD" \
  --set=store="$STORE_PASSWORD" \
  --set=reader="$WAREHOUSE_READER_PASSWORD" \
  --set=writer="$WAREHOUSE_WRITER_PASSWORD" \
  --set=rehearsal="$REHEARSAL_PASSWORD" <<'SQL'
create role temporal login password :'temporal';
create role sluice_store login password :'store';
create role sluice_writer createdb login password :'writer';
create role sluice_reader login password :'reader';
create role sluice_rehearsal login password :'rehearsal';
grant pg_read_all_data to sluice_reader;
alter role sluice_reader set default_transaction_read_only = on;

create database temporal owner temporal;
create database temporal_visibility owner temporal;
create database sluice owner sluice_store;
create database warehouse owner sluice_writer;
revoke connect, temporary on database postgres, template1, temporal, temporal_visibility, sluice, warehouse from public;
grant connect, temporary on database warehouse to sluice_writer, sluice_reader;
SQL
