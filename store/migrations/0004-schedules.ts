/** Goals that repeat, and the standing approvals that let their runs go on without a person. */
export const SCHEDULES = `
create table schedule (
  goal text primary key,
  -- The bundle every run of it starts from.
  bundle text not null references artifact (hash),
  -- Goals whose success starts this one.
  after text[] not null default '{}',
  paused boolean not null default false,
  registered_by text not null,
  registered_at timestamptz not null default clock_timestamp(),
  -- What a look for new files found last, what it found when it last started a run, and how many it has started.
  files_seen text,
  files_acted text,
  files_runs int not null default 0
);
create index schedule_after on schedule using gin (after);
create table standing (
  id text primary key,
  goal text not null,
  run_id text not null,
  digest text not null,
  granted_by text not null,
  verified boolean not null,
  roles text[] not null,
  -- What must be the same: goal document, policy and target; the bounds of one run.
  key text not null,
  bounds jsonb not null,
  -- Fingerprints of what is read and written, right after the approved run; null until that has succeeded.
  structure jsonb,
  granted_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by text
);
create index standing_goal on standing (goal, granted_at desc);
create index standing_run on standing (run_id);`;
