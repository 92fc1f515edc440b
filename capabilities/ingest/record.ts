import type { Change, RowCounts } from '../../schemas/change';
import type { WriteContext } from '../capability';
import type { IngestBody } from './body';
import { fileLabel } from './history';
import type { MovedSequence } from './sequences';
import type { Written } from './written';

/** What apply remembers for verify and undo: counts and names. */
export interface Detail {
  /** The relation, when the load created it; its schema, likewise. */
  created?: string;
  createdSchema?: string;
  /** The privileges that default privileges gave the created schema, as the server prints them; absent: none. */
  createdSchemaRights?: string;
  /** Tables of rows as they were, quoted. */
  before?: string;
  trash?: string;
  /** Rows that the source said it would give, and that were read. */
  expected: number;
  read: number;
  unchanged: number;
  /** Older than the row that the table has for the key. */
  skipped: number;
  /** After a reload: rows in the table that Sluice wrote. */
  standing?: number;
  /** Rows that arrived and cannot move the cursor, and rows of the source that wait until they can. */
  beyond?: number;
  waiting?: number;
  /** A literal of the cursor's type: what is greater cannot move the cursor. */
  horizon?: string;
  /** Where the load ended. */
  cursor?: string;
  /** What the server counted in the table, where it counts. */
  counted?: Written;
  /** Moved past what was loaded. */
  sequences?: MovedSequence[];
  /** Good rows of each file, in order. */
  files: number[];
}

/** The load's own record: with it the rows become a load, and the next one knows where to go on. */
export async function recordLoad(
  change: Change<IngestBody>,
  rows: RowCounts,
  detail: Detail,
  ctx: WriteContext,
): Promise<void> {
  const { body } = change;
  const { cursor } = body;
  await ctx.session.execute(
    `insert into sluice.load (load_id, goal, step, relation, mode, rows_read, rows_inserted, rows_updated, rows_deleted,
                              rows_quarantined, cursor)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      change.id,
      ctx.goal,
      change.step,
      body.relation,
      body.mode,
      rows.read,
      rows.inserted,
      rows.updated,
      rows.deleted,
      rows.quarantined,
      cursor && detail.cursor !== undefined
        ? JSON.stringify({ column: cursor.column, source: cursor.source, after: detail.cursor })
        : null,
    ],
  );
  if (body.from.kind !== 'files') return;
  const { files } = body.from;
  await ctx.session.execute(
    `insert into sluice.load_file (load_id, path, size, sha256, content_sha256, rows)
     select $1, f.* from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[]) f`,
    [
      change.id,
      files.map(fileLabel),
      files.map((f) => f.size),
      files.map((f) => f.sha256),
      files.map((f) => f.content ?? null),
      detail.files,
    ],
  );
}
