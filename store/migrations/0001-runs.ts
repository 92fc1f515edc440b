/** Artifacts, runs, decisions and events. */
export const RUNS = `
create table artifact (
  hash text primary key check (hash ~ '^[0-9a-f]{64}$'),
  kind text not null,
  body bytea not null,
  created_at timestamptz not null default clock_timestamp()
);
create table run (
  run_id text primary key,
  goal text not null,
  workflow_id text not null,
  temporal_run_id text not null,
  mode text not null check (mode in ('plan', 'apply')),
  status text not null,
  started_by text not null,
  bundle text not null references artifact (hash),
  digest text,
  proposal text references artifact (hash),
  document jsonb,
  started_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index run_goal on run (goal, started_at desc);
create index run_started on run (started_at desc);
create table decision (
  id text primary key,
  run_id text not null,
  digest text not null,
  verdict text not null check (verdict in ('approve', 'reject')),
  decided_by text not null,
  via text not null,
  comment text,
  accepted boolean not null,
  reason text,
  decided_at timestamptz not null default clock_timestamp()
);
create index decision_run on decision (run_id);
-- A decision is used once: the same person cannot count twice for one proposal, however it arrived.
create unique index decision_once on decision (run_id, digest, decided_by) where accepted;
create table event (
  seq bigint generated always as identity primary key,
  run_id text not null,
  event text not null,
  actor text not null,
  data jsonb not null,
  at timestamptz not null default clock_timestamp()
);
create index event_run on event (run_id, seq);`;
