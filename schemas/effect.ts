import type { RelationName } from './change';

/**
 * What PostgreSQL did to one table that others use, seen in a rehearsal while a statement ran. Where a change has some,
 * its `observed` is part of what is approved.
 */
export interface Effect {
  relation: RelationName;
  /** Of the statement, where single ones were watched. */
  place?: string;
  /**
   * Who waits for the lock that it takes here, to the end of the transaction; absent: nobody, or nobody more than
   * before.
   */
  blocks?: Blocked;
  /** Every row was written anew (its relfilenode changed). */
  rewritten?: true;
  /** An index was built. */
  indexed?: true;
  /** Every row was read. */
  scanned?: true;
}

/** `everybody`: not even readers go on. */
export type Blocked = 'writers' | 'everybody';
