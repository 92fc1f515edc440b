/**
 * What is to be told to whom: written in the activity that made it so, sent by whichever worker comes by. `key` says
 * what it is about and for whom, so that a retried activity or a replayed history tells nothing twice.
 */
export const NOTIFICATIONS = `
create table notification (
  id bigint generated always as identity primary key,
  key text not null unique,
  notifier text not null,
  event text not null,
  run_id text not null,
  goal text not null,
  settings jsonb not null,
  message jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  next_at timestamptz not null default clock_timestamp(),
  attempts int not null default 0,
  last_error text,
  sent_at timestamptz,
  given_up_at timestamptz
);
create index notification_due on notification (notifier, next_at) where sent_at is null and given_up_at is null;
create index notification_run on notification (run_id);
-- What metrics ask at every scrape.
create index run_observed on run (goal, status, mode, updated_at);
create index run_waiting on run (goal, updated_at) where status = 'waiting';
create index event_undo_failed on event (run_id) where event = 'undo_failed';`;
