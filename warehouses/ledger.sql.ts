import { RETENTION_LEDGER } from './retention.sql';

/**
 * Sluice's own schema in every warehouse: the ledger that makes a change happen exactly once, and the restricted
 * tables for row values that must not leave the warehouse (quarantine, trash, before-images).
 * One migration each; never edited after it landed.
 */
export const LEDGER_SCHEMA = 'sluice';

export const LEDGER_MIGRATIONS: readonly string[] = [
  `create table sluice.change (
     change_id   text primary key,
     run_id      text not null,
     goal        text not null,
     step        text not null,
     kind        text not null,
     -- applying: only seen by the transaction itself. never: undone before it could happen.
     state       text not null check (state in ('applying', 'applied', 'undone', 'never')),
     digest      text,
     xid         xid8 not null default pg_current_xact_id(),
     writes      text[] not null default '{}',
     -- Fingerprints of the written relations right after the change; undo refuses when they moved.
     after       jsonb,
     applied     jsonb,
     checks      jsonb,
     applied_at  timestamptz not null default clock_timestamp(),
     undone_at   timestamptz
   );
   comment on table sluice.change is 'One row per change: what makes it happen exactly once.';
   create index change_run on sluice.change (run_id);
   create index change_writes on sluice.change using gin (writes);

   create table sluice.load (
     load_id     text primary key references sluice.change (change_id),
     goal        text not null,
     step        text not null,
     relation    text not null,
     mode        text not null,
     xid         xid8 not null default pg_current_xact_id(),
     rows_read   bigint not null,
     rows_inserted bigint not null,
     rows_updated bigint not null,
     rows_deleted bigint not null,
     rows_quarantined bigint not null,
     -- Where this load ended; the next one goes on from the newest load that is not undone.
     cursor      jsonb,
     loaded_at   timestamptz not null default clock_timestamp(),
     undone      boolean not null default false
   );
   comment on table sluice.load is 'One row per load: the batch of rows that became visible at once, and its cursor.';
   create index load_relation on sluice.load (relation, loaded_at);

   create table sluice.load_file (
     load_id     text not null references sluice.load (load_id) on delete cascade,
     path        text not null,
     size        bigint not null,
     sha256      text not null,
     rows        bigint not null,
     primary key (load_id, path)
   );

   create table sluice.quarantine (
     load_id     text not null,
     relation    text not null,
     file        text,
     line        bigint,
     col         text,
     reason      text not null,
     -- The row as it came (bytes that are not text are written as \\x escapes).
     raw         text,
     quarantined_at timestamptz not null default clock_timestamp()
   );
   comment on table sluice.quarantine is 'Rows that did not fit, each with its place and the reason.';
   create index quarantine_load on sluice.quarantine (load_id);`,

  // pg_read_all_data, which a reading role usually has, reads every table in spite of all grants, but not past row
  // level security. No policy: only the owner (the writing role) sees the rows.
  `alter table sluice.quarantine enable row level security;`,

  // A row belongs to the load whose transaction wrote it (xmin). Undoing a later change writes rows again, as they were,
  // each load's under a transaction id of its own (a savepoint's): those are noted here, and the rows stay that load's.
  `create table sluice.load_xid (
     load_id     text not null references sluice.load (load_id) on delete cascade,
     xid         xid not null
   );
   comment on table sluice.load_xid is 'Further transactions whose rows belong to a load: undoing a later change put them back.';
   create index load_xid_load on sluice.load_xid (load_id);`,

  RETENTION_LEDGER,

  // What an undo whose answer was lost says when it is tried again, and only to the one who asked for that undo.
  `alter table sluice.change add column undone jsonb;
   comment on column sluice.change.undone is 'Of the undo: who asked (by, an undo''s id) and its row counts (rows).';`,

  // Once somebody publishes all tables, PostgreSQL refuses to update or delete rows that nothing identifies.
  `alter table sluice.quarantine replica identity full;
   alter table sluice.load_xid replica identity full;`,

  // A file that was compressed or moved since is the same file: of compressed ones what is in them is known, too.
  `alter table sluice.load_file add column content_sha256 text;
   comment on column sluice.load_file.content_sha256 is 'Of a compressed file: SHA-256 of what is in it.';`,
];

/**
 * SQL for a table that Sluice has made without a key: its rows can be updated and deleted also while it is published
 * (`FOR ALL TABLES` and `FOR TABLES IN SCHEMA` take in what does not exist yet).
 */
export const identifyRows = (quotedRelation: string): string =>
  `alter table ${quotedRelation} replica identity full`;

/** SQL for a table that Sluice has made in its own schema to keep rows in: nobody but its owner sees them. */
export const secure = (quotedRelation: string): string =>
  `alter table ${quotedRelation} enable row level security, replica identity full`;

/**
 * SQL that keeps the rows of a table that is moved to Sluice's schema from everybody but its owner, or shows them again.
 * What is moved back to a user's schema must be `shown` first, unless it had row security before.
 */
export const hideRows = (quotedRelation: string): string =>
  `alter table ${quotedRelation} enable row level security`;
export const showRows = (quotedRelation: string): string =>
  `alter table ${quotedRelation} disable row level security`;
