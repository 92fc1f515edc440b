/** The runs of a schedule's past times, which one workflow starts one after the other. */

/** What the `backfill` workflow is started with; plain JSON. */
export interface BackfillRequest {
  goal: string;
  /** The registered bundle, by its hash. */
  bundle: string;
  by: string;
  /** ISO 8601, in order: what the runs are for. */
  times: string[];
  /** Ends the ids of its runs, so that a second backfill of the same times has runs of its own. */
  tag: string;
  /** How many runs may live at the same time; 1: one after the other. */
  atOnce: number;
  /** No more runs are started after one that did not succeed. */
  stopAtFailure: boolean;
  /** How far it was when it went on in this execution. */
  progress?: BackfillProgress;
}

/** How far a backfill is: in the memo of its workflow, so that it is seen also while no worker runs. */
export interface BackfillProgress {
  state: 'running' | 'paused' | 'done' | 'cancelled' | 'stopped';
  by: string;
  /** ISO 8601: the first and the last of its times. */
  from: string;
  to: string;
  total: number;
  succeeded: number;
  failed: number;
  /** Ids of the runs that it waits for. */
  running: string[];
  /** Id of the last run that did not succeed. */
  lastFailed?: string;
}

/** The memo's key. */
export const BACKFILL_MEMO = 'backfill';

/** How a run of a backfill is called: as one that the clock has started, with the backfill's tag behind it. */
export const backfillRunId = (goal: string, time: string, tag: string): string =>
  `${goal}-${time
    .replace(/\.000Z$/, 'Z')
    .replace(/[:.]/g, '')
    .toLowerCase()}-${tag}`;
