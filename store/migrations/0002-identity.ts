/**
 * Who people are (local users, their tokens, the identities an OIDC issuer vouches for), tickets that carry a verified
 * identity to a decision, and with each decision which execution of the workflow it was counted in.
 */
export const IDENTITY = `
create table user_account (
  name text primary key,
  roles text[] not null default '{}',
  added_by text not null,
  added_at timestamptz not null default clock_timestamp()
);
-- One row per identity of an issuer. A name belongs to one person: either an operator linked the identity to a user,
-- or it keeps the name it was first seen with, whatever its claims say later.
create table user_oidc (
  issuer text not null,
  subject text not null,
  name text not null,
  linked boolean not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (issuer, subject)
);
create unique index user_oidc_name on user_oidc (name) where not linked;
create index user_oidc_linked on user_oidc (name) where linked;
create table user_token (
  id text primary key,
  hash text not null unique check (hash ~ '^[0-9a-f]{64}$'),
  user_name text not null references user_account (name) on delete cascade,
  scopes text[] not null,
  note text,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index user_token_user on user_token (user_name);
-- An issuer's metadata and public keys as last fetched: while it is down they still verify, for a bounded time.
create table oidc_keys (
  issuer text primary key,
  metadata jsonb not null,
  keys jsonb not null,
  fetched_at timestamptz not null
);
create table decision_ticket (
  id text primary key,
  run_id text not null,
  digest text not null,
  verdict text not null,
  -- SHA-256 of everything the decision says: the ticket is for exactly that.
  terms text not null,
  subject text not null,
  -- The token or the issuer's identity that vouched for the subject; null for the user of the machine.
  identity text,
  token_id text,
  verified boolean not null,
  roles text[] not null,
  method text not null,
  verified_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_by text,
  used_at timestamptz
);
create index decision_ticket_expiry on decision_ticket (expires_at);
alter table decision
  add column execution text,
  add column terms text,
  add column ticket text,
  add column verified boolean,
  add column roles text[],
  add column method text,
  add column identity text;
-- A person counts once for one proposal in one execution of its workflow. After a reset they may decide again; what
-- they decided before is refused by its id and its ticket.
drop index decision_once;
create unique index decision_once_per_execution
  on decision (run_id, digest, decided_by, coalesce(execution, '')) where accepted;`;
