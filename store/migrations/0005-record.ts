/**
 * The audit log, a chain of hashes that is only appended to, with its signed heads; OpenLineage events with where they
 * still have to go; and the edges that were recorded with them.
 */
export const RECORD = `
create table audit (
  seq bigint primary key check (seq > 0),
  -- Of the entry before; sixty-four zeros before the first.
  prev text not null,
  -- SHA-256 of the canonical JSON (RFC 8785) of action, actor, at, data, prev, seq and subject.
  hash text not null,
  -- ISO 8601, UTC, milliseconds. Text, as data is: what is hashed must come back byte for byte.
  at text not null,
  actor text not null,
  action text not null,
  subject text not null,
  data text not null,
  -- What makes a retried activity write its entry once; not part of the chain.
  key text not null unique
);
create index audit_subject on audit (subject, seq);

-- One row: where the chain ends. Its lock puts appends in order.
create table audit_chain (
  one boolean primary key default true check (one),
  seq bigint not null,
  hash text not null
);
insert into audit_chain (seq, hash) values (0, repeat('0', 64));

create table audit_key (
  key_id text primary key,
  public_key text not null,
  at timestamptz not null default clock_timestamp()
);
create table audit_head (
  seq bigint not null,
  hash text not null,
  at text not null,
  key_id text not null,
  signature text not null,
  primary key (seq, key_id)
);

-- Returns the new entry's number, or null when an entry with this key is there already.
create function audit_append(p_actor text, p_action text, p_subject text, p_data text, p_key text) returns bigint
language plpgsql as $$
declare
  last audit_chain%rowtype;
  entry_at text;
  entry_hash text;
begin
  select * into last from audit_chain for update;
  if exists (select from audit where key = p_key) then
    return null;
  end if;
  entry_at := to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
  entry_hash := encode(sha256(convert_to(
    '{"action":' || to_json(p_action)::text || ',"actor":' || to_json(p_actor)::text || ',"at":"' || entry_at
    || '","data":' || p_data || ',"prev":"' || last.hash || '","seq":' || (last.seq + 1)::text
    || ',"subject":' || to_json(p_subject)::text || '}', 'UTF8')), 'hex');
  insert into audit (seq, prev, hash, at, actor, action, subject, data, key)
    values (last.seq + 1, last.hash, entry_hash, entry_at, p_actor, p_action, p_subject, p_data, p_key);
  update audit_chain set seq = last.seq + 1, hash = entry_hash;
  return last.seq + 1;
end $$;

create function audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'The audit log is only appended to: % of % is refused.', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete or truncate on audit
  for each statement execute function audit_refuse();
create trigger audit_append_only before update or delete or truncate on audit_head
  for each statement execute function audit_refuse();
alter table audit enable always trigger audit_append_only;
alter table audit_head enable always trigger audit_append_only;
-- Even from the owner: whoever wants to must first say so.
revoke update, delete, truncate on audit, audit_head from current_user;

create table lineage_event (
  id bigint generated always as identity primary key,
  -- OpenLineage run, type and occasion: a retried activity writes an event once.
  key text not null unique,
  run_id text not null,
  -- As it is sent.
  event text not null,
  at timestamptz not null default clock_timestamp(),
  file_state text not null default 'pending' check (file_state in ('pending', 'delivered')),
  http_state text not null default 'pending' check (http_state in ('pending', 'delivered', 'parked', 'off')),
  -- Why it was parked.
  http_error text
);
create index lineage_event_run on lineage_event (run_id, id);
create index lineage_event_file on lineage_event (id) where file_state = 'pending';
create index lineage_event_http on lineage_event (id) where http_state = 'pending';
create index lineage_event_parked on lineage_event (id) where http_state = 'parked';

-- How sending goes: for those who ask.
create table lineage_sink (
  sink text primary key check (sink in ('file', 'http')),
  delivered_at timestamptz,
  failing_since timestamptz,
  attempts int not null default 0,
  error text,
  retry_at timestamptz
);

-- One row for each time a step made a dataset.
create table lineage_output (
  id bigint generated always as identity primary key,
  key text not null unique,
  run_id text not null,
  goal text not null,
  step text not null,
  namespace text not null,
  name text not null,
  -- Of lineage_edge.
  edges text not null,
  -- Why the columns' lineage is missing or not whole.
  partial text,
  at timestamptz not null default clock_timestamp(),
  undone boolean not null default false
);
create index lineage_output_name on lineage_output (namespace, name, id desc);
create index lineage_output_run on lineage_output (run_id);
create index lineage_output_edges on lineage_output (edges);

-- Sets of edges under the SHA-256 of their canonical JSON: a goal that repeats has them once.
create table lineage_edge (
  edges text not null,
  position int not null,
  from_namespace text not null,
  from_name text not null,
  from_field text,
  -- Absent: the whole dataset.
  to_field text,
  type text,
  subtype text,
  primary key (edges, position)
);
create index lineage_edge_from on lineage_edge (from_namespace, from_name);`;
