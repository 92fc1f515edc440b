import type { Finding, RelationName } from '../../schemas/change';
import type { IngestBody } from './body';
import type { Drift } from './drift';
import type { History } from './history';
import type { IngestInput } from './input';
import type { ResolvedType, Target } from './target';

/** What is known before the source is looked at. */
export interface Looked {
  /** `into` in its normal spelling. */
  input: IngestInput;
  relation: RelationName;
  /** Absent: the table is to be created. */
  target: Target | undefined;
  history: History;
  /** Declared types, by the name they were declared for. */
  types: ReadonlyMap<string, ResolvedType>;
  routine: boolean;
  /** The table is there in the live warehouse, as this step will find it: its rows can be looked at. */
  live: boolean;
  /** What others did to its rows; absent: not known. */
  drift: Drift | undefined;
  /** Major version of the live server. */
  serverMajor: number;
  /** Bytes that the live table and its indexes take now. */
  size: number;
}

/** What a source adds to a change: its part of the body, and what there is to say about it. */
export interface FromSource extends Pick<IngestBody, 'columns' | 'key' | 'cursor' | 'from'> {
  findings: Finding[];
  sources: Record<string, string>;
  /** `31 files (27,004 rows)` */
  title: string;
  /** Rows that will arrive at most; absent: unknown. */
  rows?: number;
  /** Rows that are read, where that is more than are written. */
  read?: number;
  bytes?: number;
  /** Some of what arrives may be in the table already. */
  missing?: true;
}

/** There is nothing to load. */
export interface Nothing {
  noop: string;
  sources: Record<string, string>;
  findings?: Finding[];
}
