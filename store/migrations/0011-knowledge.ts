/** What people wrote about their data and what they decided, to be found again. */
export const KNOWLEDGE = `
create table knowledge_document (
  id bigint generated always as identity primary key,
  -- runbook, naming, sla, document, dbt; sql: what a goal ran, without literals.
  kind text not null,
  -- Where it comes from; added again from there, it is replaced.
  source text not null unique,
  title text not null,
  -- Of its text: the same again changes nothing.
  hash text not null,
  added_by text not null,
  added_at timestamptz not null default clock_timestamp()
);
create table knowledge_chunk (
  id bigint generated always as identity primary key,
  document bigint not null references knowledge_document (id) on delete cascade,
  nth integer not null,
  heading text not null,
  body text not null,
  words tsvector not null,
  -- Words in it, for the ranking.
  length integer not null,
  -- Of length 1, so that the cosine is the sum of the products; null: not asked for yet.
  embedding real[],
  embedding_model text,
  unique (document, nth)
);
create index knowledge_chunk_words on knowledge_chunk using gin (words);
create table memory (
  id bigint generated always as identity primary key,
  -- Of the decision (or edit) it is of: remembered once, also after it was forgotten.
  key text not null unique,
  kind text not null check (kind in ('approved', 'rejected', 'edited')),
  run_id text not null,
  goal text not null,
  owner text,
  relations text[] not null,
  decided_by text not null,
  -- The reason that was given, or what was changed; null when it was forgotten.
  text text,
  at timestamptz not null,
  forgotten_at timestamptz
);
create index memory_relations on memory using gin (relations);
create index memory_goal on memory (goal);`;
