/** From plain words to a goal: asks, what happened in them, every call of a model with its cost, every tool call. */
export const ASKS = `
create table ask (
  ask_id text primary key,
  status text not null,
  asked_by text not null,
  -- Artifact: what is asked, with the bundle it is asked in.
  input text not null,
  -- The beginning of the words, for lists. Without secrets.
  words text not null,
  -- The ask that this one goes on from.
  previous text,
  -- What was granted beyond the budgets, by the id of the grant: {"id": {"tokens": 1000, "by": "ann"}}.
  granted jsonb not null default '{}',
  -- Of its first agent, when it has ended: what a chat goes on from.
  conversation text,
  -- The checked goal that came of it.
  bundle text,
  document jsonb,
  started_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index ask_started on ask (started_at desc);
create table ask_event (
  ask_id text not null references ask (ask_id) on delete cascade,
  seq integer not null,
  agent text not null,
  kind text not null,
  text text not null,
  -- What is told twice (an activity was tried again) is there once.
  key text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (ask_id, seq)
);
create unique index ask_event_key on ask_event (ask_id, key);
create table llm_call (
  id bigint generated always as identity primary key,
  -- Of the ask, agent, number, conversation, prompt and model: an answer under it is used again, never paid again.
  key text not null,
  -- Of the request's canonical JSON and the prompt's version: what the response cache looks for.
  request text not null,
  ask_id text not null,
  agent text not null,
  role text not null,
  nth integer not null,
  purpose text not null,
  model text not null,
  -- Of this activity, from 1.
  attempt integer not null,
  -- sent, then answered or failed; unknown: the worker was gone before it could say, it may have been paid;
  -- cached: answered from an earlier call's answer.
  state text not null check (state in ('sent', 'answered', 'failed', 'unknown', 'cached')),
  -- Artifact: the answer as the model's service gave it.
  answer text,
  stop text,
  -- An error code, of a call that failed.
  code text,
  -- Of one whose answer is unknown: what the request alone would be.
  input_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  cache_read_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  money numeric not null default 0,
  ms integer not null default 0,
  -- Until the first byte of the answer.
  first_ms integer,
  sent_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
create unique index llm_call_answer on llm_call (key) where state in ('answered', 'cached');
create index llm_call_key on llm_call (key);
create index llm_call_ask on llm_call (ask_id, id);
create index llm_call_request on llm_call (request, ended_at desc) where state = 'answered';
create index llm_call_sent on llm_call (sent_at);
create table tool_call (
  -- Of the ask, agent, conversation and the id of the call: what came of it is used again.
  key text primary key,
  ask_id text not null,
  agent text not null,
  name text not null,
  done jsonb not null,
  ms integer not null,
  at timestamptz not null default clock_timestamp()
);
create index tool_call_ask on tool_call (ask_id);`;
