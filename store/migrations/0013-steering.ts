/** Who paused, resumed, retried, cancelled a run or asked for its undo; and undos that are runs of their own. */
export const STEERING = `
create table steering (
  id text primary key,
  run_id text not null,
  action text not null check (action in ('pause', 'resume', 'retry', 'undo', 'cancel')),
  actor text not null,
  via text not null,
  verified boolean not null,
  method text,
  identity text,
  -- Of the workflow that put it on the record: after a reset it is another one.
  execution text not null,
  -- SHA-256 of everything it says.
  terms text not null,
  accepted boolean not null,
  reason text,
  at timestamptz not null default clock_timestamp()
);
create index steering_run on steering (run_id);
alter table run drop constraint run_mode_check;
alter table run add constraint run_mode_check check (mode in ('plan', 'apply', 'undo'));
-- The run that an undo takes back.
alter table run add column undoes text;
create index run_undoes on run (undoes) where undoes is not null;`;
