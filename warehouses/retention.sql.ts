/** What the ledger knows of retention and erasure. One migration of `LEDGER_MIGRATIONS`; not edited after it landed. */
export const RETENTION_LEDGER = `
   alter table sluice.change add column reads text[] not null default '{}';
   -- Until when what its undo needs is kept, as its proposal said; null: nobody said, see the sweep's configuration.
   alter table sluice.change add column keep_until timestamptz;

   create table sluice.kept (
     name        text primary key,
     change_id   text not null,
     relation    text not null,
     -- The relation's oid, which it keeps when it is renamed.
     relid       oid,
     -- Columns by which its rows are found again (as "sluice$key_1" and so on, or by name); null: by their content.
     key_columns text[],
     -- rows: rows with all their columns. values: of a row only some, and what finds it. table: the relation itself.
     form        text not null check (form in ('rows', 'values', 'table')),
     kept_at     timestamptz not null default clock_timestamp()
   );
   comment on table sluice.kept is 'What is in the trash and in before-images: one row per table of this schema that a change keeps for its undo.';
   create index kept_change on sluice.kept (change_id);
   create index kept_relation on sluice.kept (relation);

   create table sluice.swept (
     change_id   text not null,
     what        text not null check (what in ('undo', 'quarantine')),
     because     text not null check (because in ('retention', 'cap', 'erasure')),
     swept_at    timestamptz not null default clock_timestamp(),
     bytes       bigint not null default 0,
     primary key (change_id, what)
   );
   comment on table sluice.swept is 'Changes whose undo (or quarantine) was swept: an undo says so, with the date.';

   create table sluice.erasure (
     change_id   text not null,
     relation    text not null,
     relid       oid,
     key_columns text[] not null,
     -- HMAC-SHA-256 of the key under a key that is not in this database; never the key itself.
     key_id      text not null,
     key_hmac    bytea not null,
     erased_at   timestamptz not null default clock_timestamp(),
     primary key (change_id, relation)
   );
   comment on table sluice.erasure is 'Whose rows were erased, as hashes: undoing what happened before must not bring them back.';
   alter table sluice.erasure enable row level security;

   create table sluice.erased_rows (
     erasure     text not null,
     change_id   text not null,
     -- written: rows of it that stood. before, trash: rows it had kept.
     what        text not null check (what in ('written', 'before', 'trash')),
     rows        bigint not null,
     primary key (erasure, change_id, what)
   );
   comment on table sluice.erased_rows is 'How many rows of a change were erased: so many fewer are expected when it is undone.';
   create index erased_rows_change on sluice.erased_rows (change_id);`;
