import type { RelationName } from '../../schemas/change';
import type { Framing, PromisedFile } from '../../sources/sources';
import type { Mode } from './input';

/** The artifact of `ingest`: all that apply, verify and undo need. No row values; the cursor's position is one only in form. */
export interface IngestBody {
  relation: RelationName;
  mode: Mode;
  /** The table does not exist yet: apply creates it (and its schema, if that is missing too). */
  create: boolean;
  /** Loaded columns, in the order in which they are copied. */
  columns: LoadedColumn[];
  key: string[];
  /** Columns of the existing table that undo can put back: all but generated ones. */
  restore: string[];
  /** Of these, GENERATED ALWAYS AS IDENTITY: never updated. */
  identity: string[];
  /** The whole source is loaded again: what others did to the rows of earlier loads is settled by it. */
  reload?: true;
  /** Some of what arrives to be appended may be in the table already: only what is missing is added. */
  missing?: true;
  /** A merge in three statements: the live server's MERGE cannot return rows as they were. */
  inSteps?: true;
  /** A unique index guarantees the key already. */
  keyIsUnique: boolean;
  cursor?: Cursor;
  /** Moved past what the load brings. */
  sequences: SequenceBehind[];
  /** The newest load of the relation when this was proposed; another one since then makes the proposal stale. */
  previousLoad: string | null;
  quarantine: { rows?: number; share?: number };
  from: FilesPart | PostgresPart;
  /** Kept for backfills, which bind to it. */
  partition?: { by: string; column: string };
}

/** A sequence that belongs to a column of which the load brings values. */
export interface SequenceBehind {
  column: string;
  /** Quoted. */
  sequence: string;
  increment: string;
}

export interface LoadedColumn {
  name: string;
  /** As PostgreSQL prints it. */
  type: string;
  /** Null is a fault in a row: key, cursor, or NOT NULL in the target. */
  required: boolean;
  /** The type whose grammar checks values, when it is not `type` (a domain's base type). */
  checkAs?: string;
  /** Nobody declared the type for this load: values fit it as strictly as inference would have it. */
  promised?: true;
  /** Of an enum. */
  labels?: string[];
}

export interface Cursor {
  column: string;
  /** What `sluice.load.cursor` is looked up by, beside relation and column. */
  source: string;
  order: 'time' | 'number';
  /** By which values are compared, in the source as in the warehouse. */
  type: string;
  /** Whether rows that are equal to `bound` are read. */
  from: 'at_least' | 'after';
  nulls: 'refuse' | 'load';
  /**
   * Rows that cannot move the cursor (infinity, NaN, a time that has not come): loaded each time, as they can be told
   * apart, or left until their time has come.
   */
  beyond: 'load' | 'wait';
  /** Where the newest load ended, as text of the column's type; absent: nothing was loaded yet. */
  after?: string;
  /** From where rows are read: `after` less the lag. Absent: all. */
  bound?: string;
}

export interface FilesPart {
  kind: 'files';
  /** `gzip` and `skip` are each file's own. */
  framing: Framing;
  nulls: string[];
  quotedNulls: boolean;
  header: boolean;
  /** Names of the fields of a file, in order; files share them by index. JSON lines: the keys. */
  layouts: Layout[];
  files: FilePart[];
}

export interface Layout {
  /** For each loaded column, the place of its field in the file. */
  pick: number[];
  /** Names in the file. */
  fields: string[];
}

export interface FilePart extends PromisedFile {
  layout: number;
  gzip: boolean;
  /** SHA-256 hex of what a compressed file holds. */
  content?: string;
  /** Was loaded before with another content: its rows that are in the table already are not added again. */
  again?: true;
  /** Lines at its top that are no part of the table. */
  skip: number;
  rejected: number;
  /** COPY takes the file's bytes as they are; null: they are rewritten on the way. */
  direct: { null: string | null } | null;
}

export interface PostgresPart {
  kind: 'postgres';
  connection: string;
  /** What people call it: `sales: public.orders`. */
  title: string;
  /** One SELECT giving the loaded columns, cast to their types, in order, without the cursor's predicate. */
  select: string;
  /** Fingerprint of the source's columns and types; another one makes the proposal stale. */
  columns: string;
  /** Only the rows that row security shows to the connection's role. */
  filtered?: true;
  /** How the source is described again before it is read. */
  describe: { table?: string; query?: string };
}
