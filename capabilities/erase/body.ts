import type { RelationName } from '../../schemas/change';

/** A column by which rows are found. */
export interface KeyColumn {
  name: string;
  /** As PostgreSQL prints it. */
  type: string;
}

/** A relation whose rows, and copies of rows, are erased. */
export interface Target {
  relation: RelationName;
  /** False: it is dropped; what was kept of it is still there. */
  exists: boolean;
  columns: KeyColumn[];
}

/** All that apply and verify need; the values are looked up by the request. */
export interface EraseBody {
  request: string;
  targets: Target[];
}

/** What apply remembers: names and counts. */
export interface EraseDetail {
  /** Per relation: rows erased in it and in what was kept of it. */
  erased: { relation: RelationName; rows: number; kept: { name: string; rows: number }[] }[];
  /** Changes whose kept rows cannot be told apart by person, so that all of them were dropped. */
  swept: { changeId: string; name: string }[];
  quarantined: number;
  /** Places of quarantined rows that hold the value and could not be read: `file:line`. */
  review: string[];
  /** Artifacts in which a value stands. */
  artifacts: string[];
  /** Asks, memories and documents of knowledge in which a value stands. */
  texts?: string[];
  shadows: number;
}
