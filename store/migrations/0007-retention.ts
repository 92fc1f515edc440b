/**
 * Erasing a person's rows. The one table of the store that holds row values, for as long as the run that erases them
 * lives: they must not enter a history, and the client that is given them has no connection to the warehouse.
 */
export const RETENTION = `
create table erasure_request (
  id text primary key,
  -- The run that takes it up; null: none has yet.
  run_id text,
  -- Column to value, as text.
  keys jsonb not null,
  requested_by text not null,
  requested_at timestamptz not null default clock_timestamp()
);
create index erasure_request_run on erasure_request (run_id);
-- What the keys of erased rows are hashed with. Not in the warehouse, so that its hashes say nothing by themselves.
create table erasure_key (
  key_id text primary key,
  key bytea not null,
  made_at timestamptz not null default clock_timestamp()
);`;
