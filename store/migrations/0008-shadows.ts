/** Shadows that runs have open, or that still have to be dropped: whoever opens or drops one asks here first. */
export const SHADOWS = `
create table shadow (
  run_id text primary key,
  -- Where its warehouse is named.
  bundle text not null,
  -- Who opened it: Temporal's execution, the activity in it (they are numbered as they are scheduled), its attempt.
  execution text not null,
  activity integer not null,
  attempt integer not null,
  opened_at timestamptz not null default clock_timestamp(),
  -- Since when nobody needs it; null: its run does.
  over_at timestamptz
);`;
