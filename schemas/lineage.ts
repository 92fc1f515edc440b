/** Where a change's data comes from and goes to: what OpenLineage events and `sluice lineage` are made of. */
import type { RelationName } from './change';

export type Dataset =
  /** In the run's own warehouse. */
  | { kind: 'relation'; name: RelationName }
  /** In another PostgreSQL, by the name of its connection. */
  | { kind: 'postgres'; connection: string; name: RelationName }
  /** A file, or a folder of files, relative to the root of its connection (absent: of the goal). */
  | { kind: 'file'; path: string; connection?: string };

export interface DatasetColumn {
  name: string;
  /** As the warehouse prints it. */
  type?: string;
}

/** An input column, and what becomes of it; terms of the OpenLineage column-lineage facet. */
export interface InputField {
  dataset: Dataset;
  field: string;
  transformations: { type: 'DIRECT' | 'INDIRECT'; subtype: string }[];
}

export interface LineageInput {
  dataset: Dataset;
  columns?: DatasetColumn[];
  /** Files read, and their bytes, as they were when proposed. */
  files?: number;
  bytes?: number;
}

export interface LineageOutput {
  dataset: Dataset;
  columns?: DatasetColumn[];
  /** Per column, what it comes from. Absent: not known, see `partial`. */
  fields?: Record<string, InputField[]>;
  /** What decides which rows there are. */
  rows?: InputField[];
  /** Why the columns' lineage is missing or not whole. */
  partial?: string;
  lifecycle?: 'ALTER' | 'CREATE' | 'DROP' | 'OVERWRITE' | 'RENAME' | 'TRUNCATE';
  /** Before it was renamed. */
  previous?: RelationName;
}

export interface ChangeLineage {
  inputs: LineageInput[];
  outputs: LineageOutput[];
  /** What runs, when that is SQL. */
  sql?: string;
  /** The file of the goal that holds it. */
  file?: string;
}
