import type { Change } from '../schemas/change';
import type { Retention } from '../schemas/retention';
import type { HmacKey } from '../store/erasures';

/** Things that are past their retention: how many, how large, how old the oldest is. */
export interface Due {
  count: number;
  bytes: number;
  /** ISO 8601; null: nothing is due, or nobody knows. */
  oldest: string | null;
}

export const NOTHING_DUE: Due = { count: 0, bytes: 0, oldest: null };

/** Parts of the store that retention is about, in the order in which one stops to refer to another. */
export const STORE_PARTS = ['runs', 'asks', 'calls', 'artifacts'] as const;
export type StorePart = (typeof STORE_PARTS)[number];

/**
 * What Sluice keeps outside the transaction in which a change happens: its store, its shadows. Only kinds of step that
 * keep the house in order are concerned with it. In a rehearsal it looks the same and changes nothing.
 */
export interface House {
  readonly retention: Retention;
  /** Runs that have not ended, or that need somebody: nothing of theirs is swept. */
  openRuns(): Promise<string[]>;
  /** What of these parts of the store is due; with `sweep`, that is deleted. */
  store(parts: readonly StorePart[], sweep: boolean): Promise<Partial<Record<StorePart, Due>>>;
  /** OpenLineage events and notices that have arrived and are due; with `sweep`, they are deleted. */
  sent(what: 'lineage' | 'notices', sweep: boolean): Promise<Due>;
  /** Shadow databases of this warehouse that nobody uses; with `sweep`, they are dropped. */
  shadows(sweep: boolean): Promise<Due>;
  readonly erasure: ErasureHouse;
}

/** What an erasure needs beside the warehouse's transaction. */
export interface ErasureHouse {
  /** The values of a request, by column; `undefined`: gone, or another run's. */
  values(request: string): Promise<Record<string, string> | undefined>;
  /** The key that what is remembered is hashed with. */
  key(): Promise<HmacKey>;
  keys(ids: readonly string[]): Promise<Map<string, HmacKey>>;
  /** A change that was applied, with how it reads its source; `undefined`: its run is not known here (any more). */
  change(changeId: string): Promise<Change | undefined>;
  /** Hashes of artifacts in which a value stands, the newest ten. */
  artifactsWith(values: readonly string[]): Promise<string[]>;
  /** Asks, memories and documents of knowledge in which one stands: `ask ID`, `memory ID`, `knowledge ID`. */
  textsWith(values: readonly string[]): Promise<string[]>;
  /** Drops the shadows of this warehouse that are not in use; they hold samples. Returns how many. */
  dropShadows(): Promise<number>;
  /** Sees the end of every shadow of this warehouse that is there now, also of those in use. Returns how many those were. */
  endShadows(waiting: (left: number) => void): Promise<number>;
}
