/**
 * The outside world that steps read: files below a declared root, and other PostgreSQL databases by name.
 *
 * A `Sources` is bound either to everything there is (live) or to a sample (rehearsal). What reads it cannot tell the
 * difference: it states what it was promised when proposing and asks the source what to expect.
 */
export interface Sources {
  /**
   * Regular files below the connection's root that match any of the globs, sorted by path (bytewise), each once.
   * Throws `path_escapes_root` for a pattern or a symbolic link that leads out, `source_missing` when nothing matches.
   */
  list(globs: readonly string[], connection?: string): Promise<FoundFile[]>;

  /**
   * Opens one file as UTF-8 bytes, decompressed, without byte order mark. With `promised` the raw bytes are hashed
   * while they stream and must be what was proposed.
   * Throws (also while streaming) `source_gone`, `proposal_stale`, `source_invalid`, `path_escapes_root`.
   */
  open(file: FileName, framing: Framing, options?: OpenOptions): Promise<OpenFile>;

  /** SHA-256 hex and size of a file's bytes as stored, without looking into it. Throws as `open` does. */
  hash(file: FileName, signal?: AbortSignal): Promise<{ sha256: string; size: number }>;

  /**
   * A read-only snapshot of another PostgreSQL; the caller closes it. Where row security hides rows from its role, reading
   * them is an error, unless `filtered` says that only the others are wanted. Throws `not_found` for an unknown connection.
   */
  postgres(connection: string, options?: { filtered?: boolean }): Promise<SourceDatabase>;

  /** Closes what is still open. Idempotent. */
  close(): Promise<void>;
}

export interface FileName {
  /** Relative to the connection's root, with forward slashes. */
  path: string;
  /** Name of a `files` connection; absent: the default root. */
  connection?: string;
}

export interface FoundFile extends FileName {
  /** Bytes as stored. */
  size: number;
  /** When it was last written, milliseconds since 1970: a hint, never part of what is approved. */
  modified?: number;
}

export interface PromisedFile extends FileName {
  /** Bytes as stored. */
  size: number;
  /** SHA-256 hex of the bytes as stored. */
  sha256: string;
  /** Records in it when it was proposed, good and bad, without header. */
  records: number;
}

/** What is needed to read a file as text and to cut it between two records. */
export interface Framing {
  format: 'delimited' | 'jsonl';
  gzip: boolean;
  /** A name that iconv-lite knows; `utf-8` bytes pass unchanged (and unchecked). */
  encoding: string;
  /** One byte each; quote 0: no quoting; escape 0: none but a doubled quote. Ignored for `jsonl`. */
  delimiter: number;
  quote: number;
  escape: number;
  /** Physical lines at the top of the file that are not served at all. */
  skip: number;
  /** Records of header to serve besides the sampled records. */
  header: number;
}

export interface OpenOptions {
  promised?: PromisedFile;
  signal?: AbortSignal;
}

export interface OpenFile {
  /** A chunk is valid until six more were asked for; whoever keeps it longer copies it. */
  readonly chunks: AsyncIterable<Buffer>;
  /** After the last chunk: SHA-256 hex and size of the bytes as stored, as far as they were served. */
  seal(): FileSeal;
}

export interface FileSeal {
  sha256: string;
  size: number;
  /** SHA-256 hex of what a compressed file holds, as far as it was served; absent: it is not compressed. */
  content?: string;
  /**
   * Records that were served, header excluded, by the source's own account: the promised number for a whole file,
   * the number cut for a sample; `undefined` when nothing was promised.
   */
  expectedRecords: number | undefined;
}

/** A connection of the engine's making, inside one read-only REPEATABLE READ transaction. */
export interface SourceSession {
  query<R extends object = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  copyOut(sql: string): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export interface SourceDatabase {
  query<R extends object = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** `COPY (select) TO STDOUT (FORMAT binary)` of one SELECT; of its first rows only when this is a sample. */
  copyBinary(select: string): AsyncIterable<Buffer>;
  close(): Promise<void>;
}
