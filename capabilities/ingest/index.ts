import type { Capability } from '../capability';
import { apply } from './apply';
import type { IngestBody } from './body';
import { inputSchema, lintInput, type IngestInput } from './input';
import { propose } from './propose';
import { ingestLineage } from './lineage';
import { undo } from './undo';
import { verify } from './verify';

export type { IngestBody } from './body';
export type { IngestInput } from './input';

/** Rows from files or another PostgreSQL into a table: appended, merged by key, or in place of what was there. */
export const ingest: Capability<IngestInput, IngestBody> = {
  kind: 'ingest',
  summary: 'load files (CSV, TSV, JSON lines) or a table of another PostgreSQL into a table',
  input: inputSchema,
  lint: lintInput,
  propose,
  lineage: ingestLineage,
  apply,
  verify,
  undo,
};
