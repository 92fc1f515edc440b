import type { Readable } from 'node:stream';
import type { RelationFingerprint, RelationName } from '../schemas/change';
import type { Check } from '../schemas/change';

/** What stands in for a role's name, so that a shadow's fingerprints equal those of the database it mirrors. */
export interface RoleAlias {
  from: string;
  to: string;
}

/** A connection inside one read-only transaction, as a role that can do nothing else, with a statement timeout. */
export interface ReadSession {
  /**
   * Rows of one parameterised statement; identifiers in `sql` come from `quoteIdent`/`quoteRelation`, values from
   * `params`. Dates, times and intervals come back as text as PostgreSQL prints them (ISO, UTC): a JavaScript Date
   * loses microseconds; bigint and numeric as strings, json parsed.
   */
  query<R extends object = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** The server's major version: 14, 15, … For what older ones cannot do. */
  serverMajor(): Promise<number>;
  /** Names and types of the columns that one SELECT would give, by asking for none of its rows. */
  describe(select: string): Promise<ResultColumn[]>;
  /** `COPY (…) TO STDOUT` as a byte stream with back-pressure. */
  copyOut(sql: string): Readable;
  /** In a shadow: whose name its owner goes by in fingerprints taken in this session. */
  readonly roleAlias?: RoleAlias;
}

export interface ResultColumn {
  name: string;
  /** As `format_type` takes them: the type's oid and its modifier (length, precision), -1 without one. */
  typeOid: number;
  typeModifier: number;
}

/** A connection inside one writing transaction. The engine begins and commits it; a capability never does. */
export interface WriteSession extends ReadSession {
  /** Runs one statement; returns the number of rows it affected. */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
  /** `COPY … FROM STDIN` of the chunks, with back-pressure; returns the number of rows copied. */
  copyIn(sql: string, chunks: AsyncIterable<Buffer>): Promise<number>;
}

export interface ReadOptions {
  /** Milliseconds; default 30 000. */
  statementTimeoutMs?: number;
  signal?: AbortSignal;
}

export interface WriteOptions {
  /** Shown in pg_stat_activity, so that a later attempt finds and ends an older one of the same change. */
  applicationName: string;
  /** Sessions of this role that carry one of these names are ended before anything else happens. */
  endOlder?: readonly string[];
  /** Milliseconds to wait for a lock; default 60 000. */
  lockTimeoutMs?: number;
  /** Milliseconds for one statement; 0 (default): no limit, cancellation and heartbeats bound it. */
  statementTimeoutMs?: number;
  signal?: AbortSignal;
}

/** A database in which changes can happen: the live one, or a shadow. Code that gets a Place cannot tell which. */
export interface Place {
  /** Runs `work` in a read-only transaction. */
  read<T>(work: (session: ReadSession) => Promise<T>, options?: ReadOptions): Promise<T>;
  /**
   * Runs `work` in one transaction and commits it. If the answer to COMMIT is lost the error is `transient`: the
   * caller settles it by reading the ledger.
   */
  write<T>(work: (session: WriteSession) => Promise<T>, options: WriteOptions): Promise<T>;
  close(): Promise<void>;
}

/** A database made for one rehearsal. */
export interface Shadow extends Place {
  readonly database: string;
  /**
   * Copies up to `rowsPerTable` rows of each live relation (that exists, and was not sampled before) into the
   * shadow, with the rows they refer to by foreign key, and records the content checksum of what is there. The rows that
   * `needs` names come first, with what hangs on them.
   */
  sample(
    relations: readonly RelationName[],
    rowsPerTable: number,
    needs?: SampleNeeds,
  ): Promise<SampleReport>;
  /** Brings parents that rows of a change refer to and that the sample lacks; returns how many rows came. */
  sampleParents(missing: readonly MissingParents[], rowsPerTable: number): Promise<number>;
  /** Structure as it was when the shadow was made, and rows as they were when sampled, against what is now. */
  compareWithBefore(): Promise<Check[]>;
}

/** Rows of a live table that a change will write: a rehearsal of it has to have some of them, and what hangs on them. */
export interface Touch {
  relation: RelationName;
  /** A query over the live tables that gives their places (`tableoid`, `ctid`). Absent: one row is as good as another. */
  rows?: string;
  /** The rows go, or these columns of them change: rows that refer to them are needed as well. */
  refersTo?: 'row' | readonly string[];
}

/** A foreign key that does not exist yet: its parents come along as if it did. */
export interface NewKey {
  child: RelationName;
  parent: RelationName;
  childColumns: string[];
  /** Empty: the parent's primary key. */
  parentColumns: string[];
}

export interface SampleNeeds {
  touches?: readonly Touch[];
  keys?: readonly NewKey[];
  /** Relations that earlier steps have written in the shadow: they are left as they are. */
  written?: ReadonlySet<RelationName>;
}

/** Keys of a foreign key that rows of the child have and no row of the parent. */
export interface MissingParents {
  parent: RelationName;
  parentColumns: string[];
  types: string[];
  /** Column by column, as text. */
  keys: string[][];
}

export interface SampleReport {
  tables: { relation: RelationName; rows: number; complete: boolean }[];
  /** What could not be sampled, each with its reason. */
  gaps: string[];
  /** What of the rows that a change touches is not there, so that nothing is proven of it; each in plain words. */
  unseen: string[];
  /** Relations of touches that could not be looked up live: whether any were there shows only when the change has run. */
  unknown: RelationName[];
}

export interface StructureFingerprint {
  /** SHA-256 hex over structure, owners and privileges of the user's schemas (Sluice's own excluded). */
  hash: string;
  /** Object classes found that the fingerprint does not cover; a change near them cannot be proven. */
  uncovered: string[];
}

/** A place for data that Sluice changes: one per `warehouse` connection. */
export interface Warehouse {
  readonly name: string;
  readonly environment: 'dev' | 'staging' | 'protected';
  readonly live: Place;
  /** Host, port, database, roles and server version: part of the digest. No secrets. */
  describe(): Promise<Record<string, string>>;
  /** The settings every session has (search_path, time zone, …): part of the digest. */
  readonly sessionSettings: Record<string, string>;
  structure(): Promise<StructureFingerprint>;
  /**
   * Makes a shadow with the live structure (from the cached base, if the structure is known). `wanted` is asked when
   * nobody else can make or drop it any more: if it is not, nothing is made and `rehearsal_failed` is thrown.
   */
  openShadow(
    id: string,
    wanted?: () => Promise<boolean>,
  ): Promise<{ shadow: Shadow; gaps: string[]; structure: StructureFingerprint }>;
  /** Connects again to a shadow made before; `undefined` when it is gone. */
  reopenShadow(id: string): Promise<Shadow | undefined>;
  /** In plain words, that shadows are on another major than the warehouse itself; undefined: they are on the same. */
  simulates(): Promise<string | undefined>;
  /**
   * Idempotent. With `unwanted` it does not wait for somebody who is making or dropping it, asks whether it may while
   * nobody can begin to, and returns false when either kept it from doing so.
   */
  dropShadow(id: string, unwanted?: () => Promise<boolean>): Promise<boolean>;
  /**
   * Shadows that nobody uses and that are older than that, and bases that are too many: how many, their bytes, when the
   * oldest was made (ISO 8601). With `drop` they are dropped, and `count` is how many were. `mine`: only shadows of this warehouse.
   */
  unusedShadows(
    ageMs: number,
    drop: boolean,
    mine?: boolean,
  ): Promise<{ count: number; bytes: number; oldest: string | null }>;
  /**
   * Waits for the end of every shadow of this warehouse that is there now, so long; drops those that are still in use
   * then, and returns how many that were. `waiting` is called while it waits, and may throw to stop it.
   */
  endShadows(graceMs: number, waiting: (left: number) => void): Promise<number>;
  close(): Promise<void>;
}

/** Fingerprints of single relations, within the caller's transaction. */
export type FingerprintRelations = (
  session: ReadSession,
  relations: readonly RelationName[],
) => Promise<Record<RelationName, RelationFingerprint>>;
