import type { Retention } from '../schemas/retention';

/** Things that are past their retention: how many, how large, how old the oldest is. */
export interface Due {
  count: number;
  bytes: number;
  /** ISO 8601; null: nothing is due, or nobody knows. */
  oldest: string | null;
}

export const NOTHING_DUE: Due = { count: 0, bytes: 0, oldest: null };

/**
 * What Sluice keeps outside the transaction in which a change happens: its store, its shadows. Only kinds of step that
 * keep the house in order are concerned with it. In a rehearsal it looks the same and changes nothing.
 */
export interface House {
  readonly retention: Retention;
  /** Runs that have not ended, or that need somebody: nothing of theirs is swept. */
  openRuns(): Promise<string[]>;
  /** What of the store is due; with `sweep`, that is deleted. */
  store(sweep: boolean): Promise<{ runs: Due; artifacts: Due }>;
  /** Shadow databases of this warehouse that nobody uses; with `sweep`, they are dropped. */
  shadows(sweep: boolean): Promise<Due>;
}
