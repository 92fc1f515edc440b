import type { Applied, Check, RelationName } from '../../schemas/change';
import type { Column } from '../query/shape';
import type { Tokens } from '../query/tokens';
import type { ModelTest } from './tests';

/**
 * How the new content comes under the model's name.
 *
 * `create`: nothing is there. `rows`: the table stays and its rows are replaced, so that everything that hangs on it
 * stays, and a reader in an older snapshot still sees the older rows. `replace`: a view gets a new definition. `swap`:
 * a new relation takes the old one's name; the old one is kept as it is.
 */
export type Mode = 'create' | 'rows' | 'replace' | 'swap';

export interface ModelBody {
  relation: RelationName;
  materialized: 'table' | 'view';
  mode: Mode;
  /** The schema does not exist yet. */
  makesSchema: boolean;
  /** The SELECT, its parameters bound. */
  sql: string;
  columns: Column[];
  tests: ModelTest[];
  description?: string;
  indexes: string[][];
  /** Everything the query stands on, by name; what it is made of is looked up where it is applied. */
  inputs: RelationName[];
  /** The same inputs give the same rows: a later run may find that there is nothing to do. */
  steady: boolean;
  /** SHA-256 of what defines the model; the same definition, the same artifact. */
  artifact: string;
}

/** What `apply` remembers, for `undo` and for the next proposal. Names, ids and counts; no row values. */
export interface ModelMemory {
  artifact: string;
  mode: Mode;
  /** The published relation. */
  oid: string;
  /** Of the transaction that built it: every row of a table bears it as xmin. */
  xid: string;
  rows: number;
  /** What the inputs looked like just before; absent: nobody can tell later whether they changed. */
  inputs?: Tokens;
  checks: Check[];
  madeSchema: boolean;
  /** The old table's rows (`rows`) or the old relation itself (`swap`). */
  trash?: RelationName;
  /** Indexes of the swapped-out relation, renamed so that two of them fit into one schema. */
  trashIndexes?: { name: string; as: string }[];
  /** Indexes that were added to a table that stayed. */
  madeIndexes?: string[];
  /** The comment of a relation that stayed, when it was changed. */
  oldComment?: { text: string | null };
  /** The view as it was (`replace`). */
  oldView?: { definition: string; options: string[] };
}

export function memoryOf(applied: Applied): ModelMemory {
  return applied.detail as unknown as ModelMemory;
}
